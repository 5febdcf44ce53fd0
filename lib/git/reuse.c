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
#include "git/refdirs.h"
#include "git/reuse.h"

/*
 * "git gc" leaves one pack of everything.  Git lists all objects that the
 * references reach in less than half the time that packing them takes, and in
 * next to none if the pack has bitmaps.  If just these objects are in the pack,
 * it is what git would make: nothing is missing, and nothing is there that no
 * reference reaches, neither what was deleted nor another's secret.  So other
 * packs, objects in files and borrowed ones do not matter.  That the pack's
 * bytes are what git wrote is told by its sum, which git itself does not look
 * at when it makes a pack of packs.
 *
 * A bitmap file starts with 12 bytes and the sum of its pack, and ends with
 * the sum of all before; git looks at neither.
 */
#define BITMAP_HEAD 12

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

/* Opens pack and index.  Returns false if there are none of use. */
static bool
open_files(struct reuse *p, int dirfd, const struct child_user *user)
{
	struct stat st, idx;
	char *stem;

	/* If git has written bitmaps, then for the pack that has everything. */
	stem = find_stem(dirfd, ".bitmap");
	if (stem == NULL && all_packed(dirfd))
		stem = find_stem(dirfd, ".pack");
	if (stem == NULL)
		return false;
	p->idx.fd = open_part(dirfd, user, stem, ".idx", &idx);
	p->pack = open_part(dirfd, user, stem, ".pack", &st);
	free(stem);
	if (p->idx.fd == -1 || p->pack == -1)
		return false;
	p->size = (uint64_t)st.st_size;
	if (packidx_open(&p->idx, p->idx.fd))
		return true;
	/* It may be of version 1. */
	if (!packidx_sound(p->idx.fd, (uint64_t)idx.st_size))
		p->otherwise = REUSE_DAMAGED;
	return false;
}

/* Is the file in objects/pack what git wrote, and for this very pack? */
static bool
bitmap_sound(const struct reuse *p, int dirfd, const struct child_user *user,
    const char *name)
{
	unsigned char sum[PACK_SUM];
	struct stat st;
	int fd = open_part(dirfd, user, name, "", &st);
	bool sound;

	if (fd == -1)
		return false;
	sound = packidx_sound(fd, (uint64_t)st.st_size);
	/* One for many packs has the sum of their index. */
	if (sound && p->idx.n > 0 && text_starts(name, "pack-"))
		sound = packidx_read(fd, sum, sizeof(sum), BITMAP_HEAD) &&
		    memcmp(sum, p->idx.pack_sum, sizeof(sum)) == 0;
	close(fd);
	return sound;
}

/* May git believe the bitmaps?  If there are none, too. */
static bool
bitmaps_sound(const struct reuse *p, int dirfd, const struct child_user *user)
{
	DIR *d = open_directory(dirfd, "objects/pack");
	struct dirent *e;
	bool sound = true;

	while (d != NULL && sound && (e = readdir(d)) != NULL)
		sound = !text_ends(e->d_name, ".bitmap") ||
		    bitmap_sound(p, dirfd, user, e->d_name);
	if (d != NULL)
		closedir(d);
	return sound;
}

/*
 * History that is cut or bent by these files, of which our git knows nothing,
 * may have been so when the bitmaps were written.
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

/* What is done with each object of a list.  False: no more. */
typedef bool object_fn(uint64_t *seen, uint32_t at);

/* One that may stand there twice. */
static bool
any(uint64_t *seen, uint32_t at)
{
	(void)seen;
	(void)at;
	return true;
}

/* One that has not been seen before. */
static bool
once(uint64_t *seen, uint32_t at)
{
	uint64_t bit = UINT64_C(1) << at % 64;
	bool new = (seen[at / 64] & bit) == 0;

	seen[at / 64] |= bit;
	return new;
}

/*
 * Goes through a list of ids, which must all be in the pack.  Returns how many
 * they are, or -1.
 */
static int64_t
each_object(const struct reuse *p, int list, object_fn *fn, uint64_t *seen)
{
	int copy = fcntl(list, F_DUPFD_CLOEXEC, 0);
	FILE *f = copy != -1 ? fdopen(copy, "r") : NULL;
	bool good = f != NULL && lseek(list, 0, SEEK_SET) == 0;
	unsigned char oid[PACK_SUM];
	char *line = NULL;
	size_t size = 0;
	ssize_t len;
	int64_t n = 0;
	uint32_t at;

	if (f == NULL && copy != -1)
		close(copy);
	for (; good && (len = getline(&line, &size, f)) > 0; n++)
		good = len == 2 * PACK_SUM + 1 && packidx_oid(line, oid) &&
		    packidx_find(&p->idx, oid, &at) && fn(seen, at);
	good = good && feof(f);
	if (f != NULL)
		fclose(f);
	free(line);
	return good ? n : -1;
}

/* Copies the pack, adding all but its last bytes to the sum. */
static enum reuse_end
copy_pack(const struct reuse *p, int bundle, struct hash *h, char *block)
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
frame_fits(const struct reuse *p)
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
static enum reuse_end
copy_sound(const struct reuse *p, int bundle)
{
	off_t start = lseek(bundle, 0, SEEK_CUR);
	struct hash *h = hash_new_sha1();
	char *block = xmalloc(IO_SIZE), sum[HASH_HEX];
	unsigned char is[PACK_SUM];
	enum reuse_end r = REUSE_DAMAGED;

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

bool
reuse_open(struct reuse *p, int dirfd, const struct child_user *user, int oids)
{
	bool likely;

	*p = (struct reuse){.idx = {.fd = -1}, .pack = -1};
	p->otherwise = REUSE_NONE;
	likely = open_files(p, dirfd, user);
	if (p->otherwise == REUSE_NONE &&
	    (!is_straight(dirfd) || !bitmaps_sound(p, dirfd, user)))
		p->otherwise = REUSE_BLIND;
	return likely && each_object(p, oids, any, NULL) != -1;
}

void
reuse_close(struct reuse *p)
{
	packidx_close(&p->idx);
	if (p->idx.fd != -1)
		close(p->idx.fd);
	if (p->pack != -1)
		close(p->pack);
}

enum reuse_end
reuse_take(const struct reuse *p, int all, int bundle)
{
	uint64_t *seen = xcalloc((size_t)p->idx.n / 64 + 1, sizeof(*seen));
	int64_t n = each_object(p, all, once, seen);

	free(seen);
	return n == p->idx.n ? copy_sound(p, bundle) : p->otherwise;
}
