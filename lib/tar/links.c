/* Which inodes with several names are in the archive, and under which. */
/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "tar/links.h"

struct slot {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec mtime;
	size_t path; /* where in paths, plus 1; 0: the slot is free */
};

/* Open addressing; size is a power of two, at most half of it is used. */
struct tar_links {
	struct slot *slots;
	size_t size, used;
	struct buf paths; /* one after the other, each with its NUL */
};

struct tar_links *
tar_links_new(void)
{
	struct tar_links *l = xcalloc(1, sizeof(*l));

	l->size = 64;
	l->slots = xcalloc(l->size, sizeof(*l->slots));
	return l;
}

void
tar_links_free(struct tar_links *l)
{
	if (l == NULL)
		return;
	free(l->slots);
	buf_free(&l->paths);
	free(l);
}

/* The slot of the inode, or the free one where it belongs. */
static struct slot *
find(const struct tar_links *l, dev_t dev, ino_t ino)
{
	uint64_t h = ((uint64_t)ino ^ (uint64_t)dev << 40) * 0x9e3779b97f4a7c15;
	size_t i = (size_t)(h >> 32);
	struct slot *s;

	for (;; i++) {
		s = &l->slots[i & (l->size - 1)];
		if (s->path == 0 || (s->dev == dev && s->ino == ino))
			return s;
	}
}

static void
grow(struct tar_links *l)
{
	struct slot *old = l->slots, *s;
	size_t n = l->size;

	l->size = n * 2;
	l->slots = xcalloc(l->size, sizeof(*l->slots));
	for (s = old; s < old + n; s++)
		if (s->path != 0)
			*find(l, s->dev, s->ino) = *s;
	free(old);
}

const char *
tar_links_find(const struct tar_links *l, const struct stat *st)
{
	const struct slot *s = find(l, st->st_dev, st->st_ino);

	if (s->path == 0 || s->size != st->st_size ||
	    s->mtime.tv_sec != st->st_mtim.tv_sec ||
	    s->mtime.tv_nsec != st->st_mtim.tv_nsec)
		return NULL;
	return l->paths.data + s->path - 1;
}

void
tar_links_add(struct tar_links *l, const struct stat *st, const char *path)
{
	struct slot *s;

	if (l->used >= l->size / 2)
		grow(l);
	s = find(l, st->st_dev, st->st_ino);
	if (s->path == 0)
		l->used++;
	s->dev = st->st_dev;
	s->ino = st->st_ino;
	s->size = st->st_size;
	s->mtime = st->st_mtim;
	s->path = l->paths.len + 1;
	buf_add(&l->paths, path, strlen(path) + 1);
}
