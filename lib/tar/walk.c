/* Walking a directory tree in a fixed order, however deep it is. */
/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/prog.h"
#include "base/text.h"
#include "tar/walk.h"

#define OPEN_MAX_LEVELS 32 /* directories kept open, besides the top */
#define DENTS_SIZE 32768 /* what readdir(3) uses too */

/* A directory between the top and the current entry, both included. */
struct level {
	struct buf names; /* a byte of type, a name and a NUL, and so on */
	size_t *order; /* where each entry stands in names, sorted */
	size_t n, next;
	size_t path_len; /* of its own path, slash included */
	dev_t dev;
	ino_t ino;
	int fd; /* -1: closed for now, see leave() */
};

struct tar_walk {
	const char *top;
	const struct tar_exclude *exclude;
	struct buf path;
	struct level *v;
	size_t n, size;
	size_t open; /* the levels from here to n, and level 0, have an fd */
	int status;
	struct dirent64 *dents;
};

struct tar_walk *
tar_walk_new(const char *top, const struct tar_exclude *x)
{
	struct tar_walk *w = xcalloc(1, sizeof(*w));

	w->top = top;
	w->exclude = x;
	w->status = PROG_DONE;
	w->dents = xmalloc(DENTS_SIZE);
	w->open = 1;
	buf_puts(&w->path, ".");
	return w;
}

const char *
tar_walk_path(const struct tar_walk *w)
{
	return buf_str(&w->path);
}

int
tar_walk_status(const struct tar_walk *w)
{
	return w->status;
}

/* The first len bytes of the path, with top for the dot, without a slash. */
static char *
line_of(const struct tar_walk *w, size_t len)
{
	struct buf raw = {NULL, 0, 0}, line = {NULL, 0, 0};

	buf_puts(&raw, w->top);
	while (raw.len > 1 && raw.data[raw.len - 1] == '/')
		raw.len--;
	/* "/" has the slash already that the path begins with. */
	if (raw.len > 0 && raw.data[raw.len - 1] == '/')
		raw.len--;
	buf_add(&raw, w->path.data + 1, len - 1);
	if (raw.len > 1 && raw.data[raw.len - 1] == '/')
		raw.len--;
	text_fold(&line, raw.data, raw.len);
	buf_free(&raw);
	return buf_take(&line);
}

char *
tar_walk_line(const struct tar_walk *w)
{
	return line_of(w, w->path.len);
}

static void
complain(struct tar_walk *w, size_t len, const char *why)
{
	char *line = line_of(w, len);

	warnx("%s: %s", line, why);
	free(line);
	w->status = PROG_PARTIAL;
}

static int
by_name(const void *a, const void *b, void *names)
{
	const char *s = names;

	return strcmp(s + *(const size_t *)a + 1, s + *(const size_t *)b + 1);
}

static void
add_name(struct tar_walk *w, struct level *l, const struct dirent64 *d)
{
	if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0 ||
	    tar_exclude_match(w->exclude, w->path.data, d->d_name))
		return;
	buf_putc(&l->names, (char)d->d_type);
	buf_add(&l->names, d->d_name, strlen(d->d_name) + 1);
	l->n++;
}

/* Reads all names at once, so that no position must outlast a closed fd. */
static void
read_names(struct tar_walk *w, struct level *l)
{
	char *p, *end;
	size_t i, at;
	ssize_t r;

	do {
		r = getdents64(l->fd, w->dents, DENTS_SIZE);
		p = (char *)w->dents;
		for (end = p + (r > 0 ? r : 0); p < end;
		     p += ((struct dirent64 *)(void *)p)->d_reclen)
			add_name(w, l, (struct dirent64 *)(void *)p);
	} while (r > 0 || (r == -1 && errno == EINTR));
	if (r == -1)
		complain(w, w->path.len, strerror(errno));
	l->order = xreallocarray(NULL, l->n + 1, sizeof(*l->order));
	for (i = at = 0; i < l->n; i++) {
		l->order[i] = at;
		at += strlen(l->names.data + at + 1) + 2;
	}
	qsort_r(l->order, l->n, sizeof(*l->order), by_name, l->names.data);
}

/* A new last level; the highest open one but the top may lose its fd. */
static struct level *
push(struct tar_walk *w)
{
	if (w->n == w->size) {
		w->size = w->size > 0 ? w->size * 2 : 16;
		w->v = xreallocarray(w->v, w->size, sizeof(*w->v));
	}
	if (w->n > w->open && w->n - w->open == OPEN_MAX_LEVELS) {
		close(w->v[w->open].fd);
		w->v[w->open++].fd = -1;
	}
	memset(&w->v[w->n], 0, sizeof(*w->v));
	return &w->v[w->n++];
}

int
tar_walk_enter(struct tar_walk *w, int fd, const struct stat *st)
{
	struct level *l;
	size_t i;

	for (i = 0; i < w->n; i++)
		if (w->v[i].ino == st->st_ino && w->v[i].dev == st->st_dev) {
			complain(w, w->path.len,
			    "is a directory that it lies in, left out");
			close(fd);
			return -1;
		}
	buf_putc(&w->path, '/');
	l = push(w);
	l->fd = fd;
	l->dev = st->st_dev;
	l->ino = st->st_ino;
	l->path_len = w->path.len;
	read_names(w, l);
	return 0;
}

static void
drop(struct level *l)
{
	if (l->fd != -1)
		close(l->fd);
	buf_free(&l->names);
	free(l->order);
}

/* Opens l again, from the directory below it; fails if that has moved. */
static int
reopen(struct level *l, int below)
{
	struct stat st;

	if (below == -1)
		return -1;
	l->fd = openat(below, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (l->fd == -1)
		return -1;
	if (fstat(l->fd, &st) == 0 && st.st_ino == l->ino &&
	    st.st_dev == l->dev)
		return 0;
	close(l->fd);
	l->fd = -1;
	return -1;
}

/*
 * Goes back up.  The level above may have lost its fd to one of those deep
 * below it, and the way back is "..".  Where that leads elsewhere by now, the
 * rest of that level is given up, and so is that of all others that are
 * closed: only the top is sure to be open still.
 */
static void
leave(struct tar_walk *w)
{
	struct level *l = &w->v[--w->n], *up;

	if (w->n > 0 && w->v[w->n - 1].fd == -1) {
		w->open = w->n - 1;
		up = &w->v[w->open];
		if (reopen(up, l->fd) == -1 && up->next < up->n) {
			up->next = up->n;
			complain(w, up->path_len,
			    "moved while it was read, the rest is left out");
		}
	}
	drop(l);
}

int
tar_walk_next(struct tar_walk *w, struct tar_entry *e)
{
	const char *s;
	struct level *l;

	for (; w->n > 0; leave(w)) {
		l = &w->v[w->n - 1];
		if (l->next == l->n)
			continue;
		s = l->names.data + l->order[l->next++];
		w->path.len = l->path_len;
		buf_puts(&w->path, s + 1);
		e->dirfd = l->fd;
		e->name = s + 1;
		e->type = (unsigned char)*s;
		return 1;
	}
	return 0;
}

void
tar_walk_free(struct tar_walk *w)
{
	if (w == NULL)
		return;
	while (w->n > 0)
		drop(&w->v[--w->n]);
	free(w->v);
	free(w->dents);
	buf_free(&w->path);
	free(w);
}
