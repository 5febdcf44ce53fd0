/* Which objects of a pack its bitmaps say that commits reach. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "git/packmap.h"

/*
 * All numbers are big-endian:
 *
 *	BITM 0001, 2 bytes of options, 4 bytes: how many commits
 *	the pack's sum
 *	4 bitmaps: which objects are commits, trees, blobs, tags
 *	for each commit: 4 bytes, its number in the order of the ids; 1 byte,
 *	which one before it this one's bitmap has been combined with by XOR
 *	(0: none); 1 byte of flags; the bitmap
 *	what options announce; the sum of all before
 *
 * In a bitmap the objects stand in the order of the pack.  It is
 *
 *	4 bytes: how many bits; 4 bytes: how many words
 *	words of 8 bytes
 *	4 bytes: where its last header is
 *
 * The words are headers (the lowest bit: what is repeated; the next 32 bits:
 * how many words of that; the other 31: how many words as they are follow) and
 * words as they are.
 */
#define HEADER (12 + PACK_SUM)
#define FULL_DAG 1 /* option: a commit's bitmap has all that it reaches */
#define BEFORE_MAX 160
#define BLOCK 512 /* words that are read at once */

/* Passes over a bitmap, noting where its words are. */
static bool
skip(const struct packmap *m, uint64_t *at, uint64_t *start, uint32_t *words)
{
	unsigned char b[8];

	if (!packidx_read(m->fd, b, sizeof(b), *at))
		return false;
	*words = packidx_be32(b + 4);
	*start = *at + sizeof(b);
	*at = *start + 8 * (uint64_t)*words + 4;
	return true;
}

/* Words of a file, one after the other. */
struct words {
	int fd;
	uint64_t at;
	uint32_t left, n, i; /* in the file; in the block, and the next */
	unsigned char block[BLOCK * 8];
};

static bool
next(struct words *w, uint64_t *word)
{
	if (w->i == w->n) {
		w->n = w->left < BLOCK ? w->left : BLOCK;
		w->i = 0;
		if (w->n == 0 ||
		    !packidx_read(w->fd, w->block, 8 * (size_t)w->n, w->at))
			return false;
		w->left -= w->n;
		w->at += 8 * (uint64_t)w->n;
	}
	*word = packidx_be64(w->block + 8 * (size_t)w->i++);
	return true;
}

/* Combines the bitmap in the file with map by XOR. */
static bool
combine(struct packmap *m, uint64_t start, uint32_t words, uint64_t *map)
{
	struct words w = {.fd = m->fd, .at = start, .left = words};
	uint64_t head, run, plain, word;
	size_t at = 0, i;

	while (w.left > 0 || w.i < w.n) {
		if (!next(&w, &head))
			return false;
		run = head >> 1 & 0xffffffff;
		plain = head >> 33;
		if (run > m->n_words - at || plain > m->n_words - at - run ||
		    m->work < 1 + run + plain)
			return false;
		m->work -= 1 + run + plain;
		for (i = 0; i < run; i++, at++)
			if (head & 1)
				map[at] = ~map[at];
		for (i = 0; i < plain; i++, at++) {
			if (!next(&w, &word))
				return false;
			map[at] ^= word;
		}
	}
	return true;
}

static int
compare(const void *a, const void *b, void *arg)
{
	const struct packmap_entry *entries = arg;
	uint32_t one = entries[*(const uint32_t *)a].commit;
	uint32_t other = entries[*(const uint32_t *)b].commit;

	return one < other ? -1 : one > other;
}

/* Reads where the commits' bitmaps are. */
static bool
read_entries(struct packmap *m, uint64_t at)
{
	struct packmap_entry *e;
	unsigned char b[6];
	uint32_t i;

	for (i = 0; i < m->n_entries; i++) {
		e = &m->entries[i];
		m->order[i] = i;
		if (!packidx_read(m->fd, b, sizeof(b), at))
			return false;
		e->commit = packidx_be32(b);
		e->before = b[4];
		at += sizeof(b);
		if (e->commit >= m->n || e->before > i ||
		    e->before > BEFORE_MAX || !skip(m, &at, &e->at, &e->words))
			return false;
	}
	qsort_r(m->order, m->n_entries, sizeof(*m->order), compare, m->entries);
	return true;
}

bool
packmap_open(struct packmap *m, int fd, const struct packidx *x, uint64_t work)
{
	unsigned char b[HEADER];
	uint64_t at = HEADER, start;
	struct stat st;
	uint32_t words;
	size_t i;

	*m = (struct packmap){.fd = fd, .n = x->n, .work = work};
	m->n_words = ((size_t)m->n + 63) / 64;
	if (fstat(fd, &st) == -1 || !packidx_read(fd, b, sizeof(b), 0) ||
	    memcmp(b, "BITM\0\1", 6) != 0 || (b[7] & FULL_DAG) == 0 ||
	    memcmp(b + 12, x->pack_sum, PACK_SUM) != 0)
		return false;
	m->n_entries = packidx_be32(b + 8);
	/* The sum comes first: nothing of an unsound file is used. */
	if (m->n_entries > m->n || !packidx_sound(fd, (uint64_t)st.st_size))
		return false;
	m->reached = xcalloc(m->n_words + 1, sizeof(*m->reached));
	m->one = xcalloc(m->n_words + 1, sizeof(*m->one));
	m->tags = xcalloc(m->n_words + 1, sizeof(*m->tags));
	m->entries = xcalloc((size_t)m->n_entries + 1, sizeof(*m->entries));
	m->order = xcalloc((size_t)m->n_entries + 1, sizeof(*m->order));
	for (i = 0; i < 4; i++)
		if (!skip(m, &at, &start, &words))
			return false;
	if (!combine(m, start, words, m->tags))
		return false;
	for (i = 0; i < m->n_words; i++)
		m->n_tags += (uint32_t)__builtin_popcountll(m->tags[i]);
	return read_entries(m, at);
}

void
packmap_close(struct packmap *m)
{
	free(m->reached);
	free(m->one);
	free(m->tags);
	free(m->entries);
	free(m->order);
}

/* The entry of the commit, or NULL. */
static struct packmap_entry *
find(const struct packmap *m, uint32_t commit)
{
	uint32_t low = 0, high = m->n_entries, middle;
	struct packmap_entry *e;

	while (low < high) {
		middle = low + (high - low) / 2;
		e = &m->entries[m->order[middle]];
		if (e->commit == commit)
			return e;
		if (e->commit < commit)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

bool
packmap_add(struct packmap *m, uint32_t commit, bool *found)
{
	struct packmap_entry *e = find(m, commit);
	size_t i;

	*found = e != NULL;
	if (e == NULL || e->added)
		return true;
	e->added = true;
	memset(m->one, 0, m->n_words * sizeof(*m->one));
	/* A difference to a difference: their order does not matter. */
	for (;; e -= e->before) {
		if (!combine(m, e->at, e->words, m->one))
			return false;
		if (e->before == 0)
			break;
	}
	for (i = 0; i < m->n_words; i++)
		m->reached[i] |= m->one[i];
	return true;
}

bool
packmap_all(const struct packmap *m)
{
	uint64_t all;
	size_t i;

	for (i = 0; i < m->n_words; i++) {
		all = i + 1 == m->n_words && m->n % 64 != 0
		    ? (UINT64_C(1) << m->n % 64) - 1
		    : ~UINT64_C(0);
		if ((m->reached[i] ^ m->tags[i]) != all ||
		    (m->reached[i] & m->tags[i]) != 0)
			return false;
	}
	return true;
}
