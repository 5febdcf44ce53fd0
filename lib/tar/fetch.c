/* Small files and directories read into memory, by any thread. */
/* SPDX-License-Identifier: MIT */
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/io.h"
#include "base/status.h"
#include "tar/fetch.h"
#include "tar/open.h"

struct tar_chunk {
	struct tar_chunk *next;
	atomic_uint users; /* who fills it, and each file in it */
	size_t n; /* bytes in data */
	char data[TAR_FETCH_CHUNK];
};

struct tar_fetch {
	struct tar_pool *pool;
	struct tar_chunk *chunk; /* that is filled, or NULL */
	const struct tar_exclude *exclude;
	struct buf path;
	void *scratch;
};

void
tar_pool_init(struct tar_pool *p)
{
	pthread_mutex_init(&p->lock, NULL);
	p->unused = NULL;
	p->used = 0;
}

size_t
tar_pool_used(struct tar_pool *p)
{
	return atomic_load(&p->used);
}

void
tar_pool_destroy(struct tar_pool *p)
{
	struct tar_chunk *c;

	while ((c = p->unused) != NULL) {
		p->unused = c->next;
		free(c);
	}
	pthread_mutex_destroy(&p->lock);
}

static struct tar_chunk *
take_chunk(struct tar_pool *p)
{
	struct tar_chunk *c;

	pthread_mutex_lock(&p->lock);
	c = p->unused;
	if (c != NULL)
		p->unused = c->next;
	p->used += TAR_FETCH_CHUNK;
	pthread_mutex_unlock(&p->lock);
	if (c == NULL)
		c = xmalloc(sizeof(*c));
	atomic_init(&c->users, 1);
	c->n = 0;
	return c;
}

static void
drop_chunk(struct tar_pool *p, struct tar_chunk *c)
{
	if (c == NULL || atomic_fetch_sub(&c->users, 1) > 1)
		return;
	pthread_mutex_lock(&p->lock);
	c->next = p->unused;
	p->unused = c;
	p->used -= TAR_FETCH_CHUNK;
	pthread_mutex_unlock(&p->lock);
}

void
tar_seen_drop(struct tar_pool *p, struct tar_seen *s)
{
	drop_chunk(p, s->chunk);
	s->chunk = NULL;
	s->data = NULL;
}

struct tar_fetch *
tar_fetch_new(struct tar_pool *pool, const struct tar_exclude *x)
{
	struct tar_fetch *f = xcalloc(1, sizeof(*f));

	f->pool = pool;
	f->exclude = x;
	f->scratch = xmalloc(TAR_NAMES_SCRATCH);
	return f;
}

void
tar_fetch_free(struct tar_fetch *f)
{
	if (f == NULL)
		return;
	drop_chunk(f->pool, f->chunk);
	buf_free(&f->path);
	free(f->scratch);
	free(f);
}

/* Room for n bytes. */
static char *
room(struct tar_fetch *f, size_t n)
{
	if (f->chunk != NULL && TAR_FETCH_CHUNK - f->chunk->n < n) {
		drop_chunk(f->pool, f->chunk);
		f->chunk = NULL;
	}
	if (f->chunk == NULL)
		f->chunk = take_chunk(f->pool);
	return f->chunk->data + f->chunk->n;
}

static bool
read_whole(struct tar_fetch *f, int fd, struct tar_seen *s)
{
	size_t size = (size_t)s->st.st_size;
	char *p = room(f, size);
	struct stat after;

	if (size > 0 && io_read_full(fd, p, size) != (ssize_t)size)
		return false;
	if (fstat(fd, &after) == -1 || tar_open_differ(&s->st, &after))
		return false;
	s->data = p;
	s->chunk = f->chunk;
	s->chunk->n += size;
	atomic_fetch_add(&s->chunk->users, 1);
	return true;
}

/* What has several names may have been packed already, by one of them. */
static bool
is_plain(const struct stat *st)
{
	return S_ISREG(st->st_mode) && st->st_nlink == 1 &&
	    (uint64_t)st->st_size <= TAR_FETCH_FILE;
}

void
tar_fetch_file(
    struct tar_fetch *f, int dirfd, const char *name, struct tar_seen *s)
{
	int fd = tar_open_file(dirfd, name);

	s->data = NULL;
	s->chunk = NULL;
	if (fd == -1)
		return;
	if (fstat(fd, &s->st) == 0 && is_plain(&s->st) && read_whole(f, fd, s))
		status_add((uint64_t)s->st.st_size, 0, 0);
	close(fd);
}

struct tar_node *
tar_fetch_dir(
    struct tar_fetch *f, struct tar_node *up, int dirfd, const char *name)
{
	int fd = tar_open_dir(dirfd, name);
	struct tar_node *d;
	struct stat st;

	if (fd == -1)
		return NULL;
	if (fstat(fd, &st) == -1) {
		close(fd);
		return NULL;
	}
	d = tar_node_new(up, name, fd, &st);
	tar_node_path(d, &f->path);
	if (tar_names_read(&d->names, fd, f->exclude, f->path.data,
		TAR_FETCH_NAMES, f->scratch) == 0)
		return d;
	tar_node_free(d);
	return NULL;
}
