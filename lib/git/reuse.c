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
 * at when it makes a pack of packs.  With a right sum we believe of it what git
 * sees to when it stores a pack: that its index is its own, and that its
 * differences are to objects in it.
 *
 * A bitmap file starts with 12 bytes and the sum of its pack, and ends with
 * the sum of all before; git looks at neither.
 */
#define BITMAP_HEAD 12

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

/* Opens the pack that may be all.  Returns false if there is none of use. */
static bool
open_pack(struct reuse *p, int dirfd, const struct child_user *user)
{
	enum packfile_is is;
	char *stem;

	/* If git has written bitmaps, then for the pack that has everything. */
	stem = find_stem(dirfd, ".bitmap");
	if (stem == NULL && all_packed(dirfd))
		stem = find_stem(dirfd, ".pack");
	if (stem == NULL)
		return false;
	is = packfile_open(&p->pack, dirfd, user, stem);
	free(stem);
	if (is == PACKFILE_GOOD && !packidx_load(&p->pack.idx))
		is = PACKFILE_BAD;
	if (is == PACKFILE_BAD)
		p->otherwise = REUSE_DAMAGED;
	return is == PACKFILE_GOOD;
}

/* Is the file in objects/pack what git wrote, and for this very pack? */
static bool
bitmap_sound(const struct reuse *p, int dirfd, const struct child_user *user,
    const char *name)
{
	unsigned char sum[PACK_SUM];
	struct stat st;
	char *path = xasprintf("objects/pack/%s", name);
	int fd = refdirs_open(dirfd, path, user, &st);
	bool sound;

	free(path);
	if (fd == -1)
		return false;
	sound = packidx_sound(fd, (uint64_t)st.st_size);
	/* One for many packs has the sum of their index. */
	if (sound && p->pack.idx.n > 0 && text_starts(name, "pack-"))
		sound = packidx_read(fd, sum, sizeof(sum), BITMAP_HEAD) &&
		    memcmp(sum, p->pack.idx.pack_sum, sizeof(sum)) == 0;
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
		    packidx_find(&p->pack.idx, oid, &at) && fn(seen, at);
	good = good && feof(f);
	if (f != NULL)
		fclose(f);
	free(line);
	return good ? n : -1;
}

bool
reuse_open(struct reuse *p, int dirfd, const struct child_user *user, int oids)
{
	bool likely;

	*p = (struct reuse){.pack = {.idx = {.fd = -1}, .fd = -1}};
	p->otherwise = REUSE_NONE;
	likely = open_pack(p, dirfd, user);
	if (p->otherwise == REUSE_NONE &&
	    (!is_straight(dirfd) || !bitmaps_sound(p, dirfd, user)))
		p->otherwise = REUSE_BLIND;
	return likely && each_object(p, oids, any, NULL) != -1;
}

void
reuse_close(struct reuse *p)
{
	packfile_close(&p->pack);
}

enum reuse_end
reuse_take(const struct reuse *p, int all, int bundle)
{
	uint64_t *seen = xcalloc((size_t)p->pack.idx.n / 64 + 1, sizeof(*seen));
	int64_t n = each_object(p, all, once, seen);

	free(seen);
	if (n != p->pack.idx.n)
		return p->otherwise;
	switch (packfile_copy(&p->pack, bundle)) {
	case PACKFILE_GOOD:
		return REUSE_DONE;
	case PACKFILE_FAILED:
		return REUSE_FAILED;
	default:
		return REUSE_DAMAGED;
	}
}
