/* A repository's own pack, taken as it is for the bundle. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/io.h"
#include "base/text.h"
#include "git/packmap.h"
#include "git/packtag.h"
#include "git/refdirs.h"
#include "git/reuse.h"

#define MIN_WORK (1 << 20) /* words of bitmaps, however small the pack */

/*
 * "git gc" leaves one pack, its index, and bitmaps: for some of its commits
 * the set of all objects that they reach.  Git writes them only if the pack has
 * all of these.  The pack may be taken if
 *
 *	every object that a reference names is in it;
 *	all that the bitmaps of those among them give is everything in the
 *	pack but its tags;
 *	every tag in the pack is named by a reference, or by such a tag; and
 *	what these name is in the pack.
 *
 * Then what a reference names and has no bitmap of its own lies in a set that
 * lacks nothing that its members refer to; and nothing is in the pack that no
 * reference reaches, neither what was deleted nor another's secret.  So other
 * packs, objects in files and borrowed ones do not matter.  That the pack's
 * bytes are what git wrote is told by its sum, which git itself does not look
 * at when it makes a pack of packs.  Of the bitmaps we believe what git does.
 *
 * Without such bitmaps git lists all objects, which takes it less than half the
 * time of packing them: then just these must be in the pack.
 *
 * All files stay open: git may pack anew and remove them meanwhile.
 */
struct proof {
	struct packidx idx;
	struct packmap map;
	int pack, bitmap; /* idx.fd is the third */
	uint64_t size; /* of the pack */
	uint64_t *seen; /* a bit for each object by the order of the ids */
	uint32_t n_seen;
};

/* Opens objects/pack/STEM.EXT.  Returns -1 if that is not to be used. */
static int
open_part(int dirfd, const struct child_user *user, const char *stem,
    const char *ext, struct stat *st)
{
	char *path = xasprintf("objects/pack/%s%s", stem, ext);
	int fd = refdirs_open(dirfd, path, user, st);

	free(path);
	return fd;
}

static DIR *
open_directory(int dirfd, const char *path)
{
	DIR *d = NULL;
	int fd;

	fd = openat(
	    dirfd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd != -1 && (d = fdopendir(fd)) == NULL)
		close(fd);
	return d;
}

/*
 * The name, without its end ext, of the pack that has such a file; NULL if
 * there is none, or more than one.
 */
static char *
find_stem(int dirfd, const char *ext)
{
	DIR *d = open_directory(dirfd, "objects/pack");
	struct dirent *e;
	char *stem = NULL;
	bool one = true;

	while (d != NULL && one && (e = readdir(d)) != NULL)
		if (text_starts(e->d_name, "pack-") &&
		    text_ends(e->d_name, ext)) {
			one = stem == NULL;
			free(stem);
			stem = xstrndup(
			    e->d_name, strlen(e->d_name) - strlen(ext));
		}
	if (d != NULL)
		closedir(d);
	if (!one) {
		free(stem);
		stem = NULL;
	}
	return stem;
}

/* Are there no objects in files of their own? */
static bool
all_packed(int dirfd)
{
	DIR *d = open_directory(dirfd, "objects");
	bool packed = d != NULL;
	struct dirent *e;

	while (packed && (e = readdir(d)) != NULL)
		packed = strlen(e->d_name) != 2 || *e->d_name == '.';
	if (d != NULL)
		closedir(d);
	return packed;
}

/* Opens the pack and its index, and bitmaps.  False: none of use. */
static bool
open_files(
    struct proof *p, int dirfd, const struct child_user *user, bool bitmaps)
{
	char *stem = find_stem(dirfd, bitmaps ? ".bitmap" : ".pack");
	struct stat st;

	if (stem == NULL)
		return false;
	if (bitmaps)
		p->bitmap = open_part(dirfd, user, stem, ".bitmap", &st);
	p->idx.fd = open_part(dirfd, user, stem, ".idx", &st);
	p->pack = open_part(dirfd, user, stem, ".pack", &st);
	p->size = (uint64_t)st.st_size;
	free(stem);
	return p->idx.fd != -1 && p->pack != -1 &&
	    (!bitmaps || p->bitmap != -1);
}

/*
 * History that is cut or bent by these files may have been so when the bitmaps
 * were written.
 */
static bool
is_straight(int dirfd)
{
	static const char *const names[] = {"shallow", "info/grafts"};
	struct stat st;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (fstatat(dirfd, names[i], &st, AT_SYMLINK_NOFOLLOW) == 0 ||
		    errno != ENOENT)
			return false;
	return true;
}

/* Notes that an object has been seen.  Returns false if it was before. */
static bool
note(struct proof *p, uint32_t at)
{
	uint64_t bit = UINT64_C(1) << at % 64;

	if (p->seen[at / 64] & bit)
		return false;
	p->seen[at / 64] |= bit;
	p->n_seen++;
	return true;
}

/* Follows what has no bitmap: a tag, to what is none; or anything else. */
static bool
follow(struct proof *p, uint32_t at)
{
	unsigned char target[PACK_SUM];
	uint64_t offset;

	for (;;) {
		if (!packidx_offset(&p->idx, at, &offset))
			return false;
		switch (packtag_read(&p->idx, p->pack, offset, target)) {
		case PACKTAG_TAG:
			break;
		case PACKTAG_OTHER:
			return true;
		case PACKTAG_BAD:
			return false;
		}
		if (!note(p, at))
			return true;
		if (!packidx_find(&p->idx, target, &at))
			return false;
	}
}

/* What is done with each object of a list.  False: no more. */
typedef bool object_fn(struct proof *p, uint32_t at);

/* One that a reference names, by the bitmaps. */
static bool
reach(struct proof *p, uint32_t at)
{
	bool found;

	return packmap_add(&p->map, at, &found) &&
	    (found || p->map.n_tags == 0 || follow(p, at));
}

/* Goes through a list of ids, which must all be in the pack. */
static bool
each_object(struct proof *p, int list, object_fn *fn)
{
	int copy = fcntl(list, F_DUPFD_CLOEXEC, 0);
	FILE *f = copy != -1 ? fdopen(copy, "r") : NULL;
	bool good = f != NULL && lseek(list, 0, SEEK_SET) == 0;
	unsigned char oid[PACK_SUM];
	char *line = NULL;
	size_t size = 0;
	ssize_t len;
	uint32_t at;

	if (f == NULL && copy != -1)
		close(copy);
	while (good && (len = getline(&line, &size, f)) > 0)
		good = len == 2 * PACK_SUM + 1 && packidx_oid(line, oid) &&
		    packidx_find(&p->idx, oid, &at) && fn(p, at);
	good = good && feof(f);
	if (f != NULL)
		fclose(f);
	free(line);
	return good;
}

/* Is the pack what the objects in the list reach, all of it and no more? */
static bool
prove(struct proof *p, int oids)
{
	p->seen = xcalloc((size_t)p->idx.n / 64 + 1, sizeof(*p->seen));
	return each_object(p, oids, reach) && packmap_all(&p->map) &&
	    p->n_seen == p->map.n_tags;
}

/* Copies the pack, adding all but its last bytes to the sum. */
static enum reuse
copy_pack(const struct proof *p, int bundle, struct hash *h, char *block)
{
	uint64_t at = 0, body = p->size - PACK_SUM;
	size_t n;

	for (; at < p->size; at += n) {
		n = p->size - at < IO_SIZE ? (size_t)(p->size - at) : IO_SIZE;
		if (!packidx_read(p->pack, block, n, at))
			return REUSE_DAMAGED;
		if (at < body)
			hash_add(
			    h, block, body - at < n ? (size_t)(body - at) : n);
		if (io_write_all(bundle, block, n) == -1)
			return REUSE_FAILED;
	}
	return REUSE_DONE;
}

/* Is it a pack of as many objects, that ends with the sum of the index? */
static bool
frame_fits(const struct proof *p)
{
	static const unsigned char magic[] = {'P', 'A', 'C', 'K', 0, 0, 0, 2};
	unsigned char b[12], sum[PACK_SUM];

	return p->size > sizeof(b) + sizeof(sum) &&
	    packidx_read(p->pack, b, sizeof(b), 0) &&
	    memcmp(b, magic, sizeof(magic)) == 0 &&
	    packidx_be32(b + sizeof(magic)) == p->idx.n &&
	    packidx_read(p->pack, sum, sizeof(sum), p->size - sizeof(sum)) &&
	    memcmp(sum, p->idx.pack_sum, sizeof(sum)) == 0;
}

/* Copies the pack, or leaves the bundle as it was. */
static enum reuse
take_it(const struct proof *p, int bundle)
{
	off_t start = lseek(bundle, 0, SEEK_CUR);
	struct hash *h = hash_new_sha1();
	char *block = xmalloc(IO_SIZE), sum[HASH_HEX];
	unsigned char is[PACK_SUM];
	enum reuse r = REUSE_DAMAGED;

	if (start == -1)
		r = REUSE_FAILED;
	else if (frame_fits(p))
		r = copy_pack(p, bundle, h, block);
	hash_end(h, sum);
	if (r == REUSE_DONE &&
	    (!packidx_oid(sum, is) ||
		memcmp(is, p->idx.pack_sum, sizeof(is)) != 0))
		r = REUSE_DAMAGED;
	if (r == REUSE_DAMAGED &&
	    (ftruncate(bundle, start) == -1 ||
		lseek(bundle, start, SEEK_SET) == -1))
		r = REUSE_FAILED;
	hash_free(h);
	free(block);
	return r;
}

/* Closes all.  Returns r, with errno as it was. */
static enum reuse
finish(struct proof *p, enum reuse r)
{
	int saved = errno;

	packmap_close(&p->map);
	packidx_close(&p->idx);
	free(p->seen);
	if (p->bitmap != -1)
		close(p->bitmap);
	if (p->idx.fd != -1)
		close(p->idx.fd);
	if (p->pack != -1)
		close(p->pack);
	errno = saved;
	return r;
}

enum reuse
reuse_pack(int dirfd, const struct child_user *user, int oids, int bundle)
{
	struct proof p = {.idx = {.fd = -1}, .pack = -1, .bitmap = -1};
	enum reuse r = REUSE_NONE;

	if (!is_straight(dirfd) || !open_files(&p, dirfd, user, true))
		return finish(&p, r);
	/* The proof must not cost more than the copy. */
	if (!packidx_open(&p.idx, p.idx.fd))
		r = REUSE_DAMAGED;
	else if (!packmap_open(&p.map, p.bitmap, &p.idx, MIN_WORK + p.size / 8))
		r = REUSE_BLIND;
	else if (prove(&p, oids))
		r = take_it(&p, bundle);
	return finish(&p, r);
}

/* Any object is as good as another.  An object_fn. */
static bool
any(struct proof *p, uint32_t at)
{
	(void)p;
	(void)at;
	return true;
}

bool
reuse_likely(int dirfd, const struct child_user *user, int oids)
{
	struct proof p = {.idx = {.fd = -1}, .pack = -1, .bitmap = -1};
	bool likely = all_packed(dirfd) && open_files(&p, dirfd, user, false) &&
	    packidx_open(&p.idx, p.idx.fd) && each_object(&p, oids, any);

	finish(&p, REUSE_NONE);
	return likely;
}

enum reuse
reuse_listed(int dirfd, const struct child_user *user, int all, int bundle)
{
	struct proof p = {.idx = {.fd = -1}, .pack = -1, .bitmap = -1};
	enum reuse r = REUSE_NONE;

	if (open_files(&p, dirfd, user, false) &&
	    packidx_open(&p.idx, p.idx.fd)) {
		p.seen = xcalloc((size_t)p.idx.n / 64 + 1, sizeof(*p.seen));
		if (each_object(&p, all, note) && p.n_seen == p.idx.n)
			r = take_it(&p, bundle);
	}
	return finish(&p, r);
}
