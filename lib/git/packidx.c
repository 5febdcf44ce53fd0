/* Looks objects up in the index of a pack. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/io.h"
#include "git/packidx.h"

/*
 * An index, version 2, of N objects; all numbers big-endian:
 *
 *	\377tOc 00000002
 *	256 times: how many ids start with this byte or a lesser one
 *	N ids of 20 bytes, in order
 *	N CRC-32
 *	N offsets of 4 bytes; with the highest bit set, the number of
 *	offsets of 8 bytes, as many as there are
 *	the pack's sum, the sum of all before
 */
#define IDS (8 + 256 * 4)
#define BLOCK 128 /* ids that are read at once */
#define KEPT_MAX (32 << 20) /* bytes of ids that are kept in memory */

uint32_t
packidx_be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

bool
packidx_oid(const char *hex, unsigned char oid[PACK_SUM])
{
	static const char digits[] = "0123456789abcdef";
	const char *high, *low;
	int i;

	for (i = 0; i < PACK_SUM; i++, hex += 2) {
		if (hex[0] == '\0' || hex[1] == '\0' ||
		    (high = strchr(digits, hex[0])) == NULL ||
		    (low = strchr(digits, hex[1])) == NULL)
			return false;
		oid[i] = (unsigned char)((high - digits) << 4 | (low - digits));
	}
	return true;
}

bool
packidx_read(int fd, void *p, size_t n, uint64_t offset)
{
	unsigned char *to = p;
	ssize_t got;

	while (n > 0) {
		got = pread(fd, to, n, (off_t)offset);
		if (got == -1 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		to += got;
		n -= (size_t)got;
		offset += (uint64_t)got;
	}
	return true;
}

bool
packidx_sound(int fd, uint64_t size)
{
	struct hash *h = hash_new_sha1();
	char *block = xmalloc(IO_SIZE), sum[HASH_HEX];
	unsigned char want[PACK_SUM], is[PACK_SUM];
	uint64_t at = 0, left;
	bool sound = size >= PACK_SUM;
	size_t n;

	for (left = sound ? size - PACK_SUM : 0; sound && left > 0; left -= n) {
		n = left < IO_SIZE ? (size_t)left : IO_SIZE;
		sound = packidx_read(fd, block, n, at);
		if (sound)
			hash_add(h, block, n);
		at += n;
	}
	hash_end(h, sum);
	hash_free(h);
	free(block);
	return sound && packidx_oid(sum, is) &&
	    packidx_read(fd, want, sizeof(want), at) &&
	    memcmp(want, is, sizeof(is)) == 0;
}

bool
packidx_open(struct packidx *x, int fd)
{
	static const unsigned char magic[] = {0xff, 't', 'O', 'c', 0, 0, 0, 2};
	unsigned char frame[IDS];
	struct stat st;
	uint64_t size, least;
	int i;

	x->fd = fd;
	x->ids = NULL;
	if (fstat(fd, &st) == -1 || st.st_size < IDS + 2 * PACK_SUM ||
	    !packidx_read(fd, frame, sizeof(frame), 0) ||
	    memcmp(frame, magic, sizeof(magic)) != 0)
		return false;
	for (i = 0; i < 256; i++) {
		x->fanout[i] = packidx_be32(frame + sizeof(magic) + 4 * i);
		if (i > 0 && x->fanout[i] < x->fanout[i - 1])
			return false;
	}
	x->n = x->fanout[255];
	size = (uint64_t)st.st_size;
	least = IDS + 2 * PACK_SUM + (uint64_t)x->n * (PACK_SUM + 4 + 4);
	if (size < least || (size - least) % 8 != 0 ||
	    !packidx_read(
		fd, x->pack_sum, sizeof(x->pack_sum), size - 2 * PACK_SUM))
		return false;
	x->size = size;
	return true;
}

bool
packidx_load(struct packidx *x)
{
	if (!packidx_sound(x->fd, x->size))
		return false;
	if (x->n > KEPT_MAX / PACK_SUM)
		return true;
	x->ids = xmalloc((size_t)x->n * PACK_SUM + 1);
	return packidx_read(x->fd, x->ids, (size_t)x->n * PACK_SUM, IDS);
}

void
packidx_close(struct packidx *x)
{
	free(x->ids);
}

/* The n ids from number at on, in the buffer or elsewhere; NULL: unreadable. */
static const unsigned char *
read_ids(const struct packidx *x, uint32_t at, uint32_t n,
    unsigned char buffer[BLOCK * PACK_SUM])
{
	if (x->ids != NULL)
		return x->ids + (size_t)at * PACK_SUM;
	if (!packidx_read(x->fd, buffer, (size_t)n * PACK_SUM,
		IDS + (uint64_t)at * PACK_SUM))
		return NULL;
	return buffer;
}

bool
packidx_find(
    const struct packidx *x, const unsigned char oid[PACK_SUM], uint32_t *at)
{
	uint32_t low = *oid == 0 ? 0 : x->fanout[*oid - 1];
	uint32_t high = x->fanout[*oid], middle, first = 0, n = 0;
	unsigned char buffer[BLOCK * PACK_SUM];
	const unsigned char *ids = NULL;
	int order;

	while (low < high) {
		middle = low + (high - low) / 2;
		/* What is left fits: one read, instead of one a step. */
		if (n <= 1) {
			n = high - low <= BLOCK ? high - low : 1;
			first = n > 1 ? low : middle;
			ids = read_ids(x, first, n, buffer);
			if (ids == NULL)
				return false;
		}
		order = memcmp(
		    oid, ids + (size_t)(middle - first) * PACK_SUM, PACK_SUM);
		*at = middle;
		if (order == 0)
			return true;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}
