/* A pack with its index, as git left them. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/io.h"
#include "git/packfile.h"
#include "git/refdirs.h"

/* A pack starts with 8 bytes of kind, 4 of how many objects it has. */
#define HEAD 12

/* Opens objects/pack/NAME.EXT.  Returns -1 if that is not to be used. */
static int
open_part(int dirfd, const struct child_user *user, const char *name,
    const char *ext, struct stat *st)
{
	char *path = xasprintf("objects/pack/%s%s", name, ext);
	int fd = refdirs_open(dirfd, path, user, st);

	free(path);
	return fd;
}

/* Is it a pack of as many objects, that ends with the sum of the index? */
static bool
fits(const struct packfile *p)
{
	static const unsigned char magic[] = {'P', 'A', 'C', 'K', 0, 0, 0, 2};
	unsigned char b[HEAD], sum[PACK_SUM];

	return p->size > sizeof(b) + sizeof(sum) &&
	    packidx_read(p->fd, b, sizeof(b), 0) &&
	    memcmp(b, magic, sizeof(magic)) == 0 &&
	    packidx_be32(b + sizeof(magic)) == p->idx.n &&
	    packidx_read(p->fd, sum, sizeof(sum), p->size - sizeof(sum)) &&
	    memcmp(sum, p->idx.pack_sum, sizeof(sum)) == 0;
}

enum packfile_is
packfile_open(struct packfile *p, int dirfd, const struct child_user *user,
    const char *name)
{
	struct stat pack, idx;

	*p = (struct packfile){.idx = {.fd = -1}, .fd = -1};
	p->idx.fd = open_part(dirfd, user, name, ".idx", &idx);
	p->fd = open_part(dirfd, user, name, ".pack", &pack);
	if (p->idx.fd == -1 || p->fd == -1)
		return PACKFILE_NONE;
	p->size = (uint64_t)pack.st_size;
	if (packidx_open(&p->idx, p->idx.fd))
		return fits(p) ? PACKFILE_GOOD : PACKFILE_BAD;
	/* It may be of version 1. */
	return packidx_sound(p->idx.fd, (uint64_t)idx.st_size) ? PACKFILE_NONE
							       : PACKFILE_BAD;
}

void
packfile_close(struct packfile *p)
{
	packidx_close(&p->idx);
	if (p->idx.fd != -1)
		close(p->idx.fd);
	if (p->fd != -1)
		close(p->fd);
}

/* Copies it, adding all but its last bytes to the sum. */
static enum packfile_is
copy(const struct packfile *p, int to, struct hash *h, char *block)
{
	uint64_t at = 0, body = p->size - PACK_SUM;
	size_t n;

	for (; at < p->size; at += n) {
		n = p->size - at < IO_SIZE ? (size_t)(p->size - at) : IO_SIZE;
		if (!packidx_read(p->fd, block, n, at))
			return PACKFILE_BAD;
		if (at < body)
			hash_add(
			    h, block, body - at < n ? (size_t)(body - at) : n);
		if (io_write_all(to, block, n) == -1)
			return PACKFILE_FAILED;
	}
	return PACKFILE_GOOD;
}

enum packfile_is
packfile_copy(const struct packfile *p, int to)
{
	off_t start = lseek(to, 0, SEEK_CUR);
	struct hash *h;
	char *block, sum[HASH_HEX];
	unsigned char is[PACK_SUM];
	enum packfile_is r;

	if (start == -1)
		return PACKFILE_FAILED;
	h = hash_new_sha1();
	block = xmalloc(IO_SIZE);
	r = copy(p, to, h, block);
	hash_end(h, sum);
	if (r == PACKFILE_GOOD &&
	    (!packidx_oid(sum, is) ||
		memcmp(is, p->idx.pack_sum, sizeof(is)) != 0))
		r = PACKFILE_BAD;
	if (r == PACKFILE_BAD &&
	    (ftruncate(to, start) == -1 || lseek(to, start, SEEK_SET) == -1))
		r = PACKFILE_FAILED;
	hash_free(h);
	free(block);
	return r;
}
