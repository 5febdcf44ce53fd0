/* Walking a directory tree in a fixed order, however deep it is. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/prog.h"
#include "base/text.h"
#include "tar/ahead.h"
#include "tar/walk.h"

#define OPEN_MAX_LEVELS 32 /* directories kept open, besides the top */

struct tar_walk {
	const char *top;
	const struct tar_exclude *exclude;
	struct buf path;
	struct tar_node **v; /* from the top to the current directory */
	size_t n, size;
	size_t open; /* the levels from here to n, and level 0, have an fd */
	int status;
	void *scratch;
	struct tar_ahead *ahead;
	struct tar_node *seen; /* the current entry, if it was read ahead */
};

struct tar_walk *
tar_walk_new(const char *top, const struct tar_exclude *x)
{
	struct tar_walk *w = xcalloc(1, sizeof(*w));

	w->top = top;
	w->exclude = x;
	w->status = PROG_DONE;
	w->scratch = xmalloc(TAR_NAMES_SCRATCH);
	w->ahead = tar_ahead_new(x);
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

/* A new last level; the highest open one but the top may lose its fd. */
static void
push(struct tar_walk *w, struct tar_node *d)
{
	if (w->n == w->size) {
		w->size = w->size > 0 ? w->size * 2 : 16;
		w->v = xreallocarray(w->v, w->size, sizeof(*w->v));
	}
	if (w->n > w->open && w->n - w->open == OPEN_MAX_LEVELS)
		tar_ahead_set_fd(w->ahead, w->v[w->open++], -1);
	buf_putc(&w->path, '/');
	d->path_len = w->path.len;
	w->v[w->n++] = d;
	tar_ahead_at(w->ahead, d);
}

/* Is that one of the directories that we are in?  Warns if so. */
static bool
lies_in(struct tar_walk *w, const struct stat *st)
{
	const struct stat *up;
	size_t i;

	for (i = 0; i < w->n; i++) {
		up = &w->v[i]->st;
		if (up->st_ino != st->st_ino || up->st_dev != st->st_dev)
			continue;
		complain(
		    w, w->path.len, "is a directory that it lies in, left out");
		return true;
	}
	return false;
}

int
tar_walk_enter(struct tar_walk *w, int fd, const struct stat *st)
{
	struct tar_node *up = w->n > 0 ? w->v[w->n - 1] : NULL, *d;
	const char *name = NULL;

	if (lies_in(w, st)) {
		close(fd);
		return -1;
	}
	if (up != NULL)
		name = tar_names_get(&up->names, up->next - 1);
	d = tar_node_new(up, name, fd, st);
	buf_putc(&w->path, '/');
	if (tar_names_read(&d->names, fd, w->exclude, w->path.data, SIZE_MAX,
		w->scratch) == -1)
		complain(w, w->path.len, strerror(errno));
	w->path.len--;
	push(w, d);
	return 0;
}

int
tar_walk_enter_seen(struct tar_walk *w)
{
	struct tar_node *d = w->seen;

	w->seen = NULL;
	if (lies_in(w, &d->st)) {
		tar_ahead_drop(w->ahead, d);
		return -1;
	}
	push(w, d);
	return 0;
}

void
tar_walk_saw(struct tar_walk *w, uint64_t size)
{
	tar_ahead_saw(w->ahead, size);
}

/* Opens d again, from the directory below it; fails if that has moved. */
static int
reopen(struct tar_walk *w, struct tar_node *d, int below)
{
	struct stat st;
	int fd;

	if (below == -1)
		return -1;
	fd = openat(below, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	if (fstat(fd, &st) == 0 && st.st_ino == d->st.st_ino &&
	    st.st_dev == d->st.st_dev) {
		tar_ahead_set_fd(w->ahead, d, fd);
		return 0;
	}
	close(fd);
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
	struct tar_node *d = w->v[--w->n], *up = d->up;

	if (up != NULL && up->fd == -1) {
		w->open = w->n - 1;
		if (reopen(w, up, d->fd) == -1 && up->next < up->names.n) {
			up->next = up->names.n;
			complain(w, up->path_len,
			    "moved while it was read, the rest is left out");
		}
	}
	tar_ahead_drop(w->ahead, d);
}

int
tar_walk_next(struct tar_walk *w, struct tar_entry *e)
{
	struct tar_node *d;
	size_t i;

	for (; w->n > 0; leave(w)) {
		d = w->v[w->n - 1];
		if (d->next == d->names.n)
			continue;
		i = d->next++;
		tar_ahead_take(w->ahead, d, i, &e->seen, &w->seen);
		e->dirfd = d->fd;
		e->name = tar_names_get(&d->names, i);
		e->type = tar_names_type(&d->names, i);
		e->dir = w->seen != NULL ? &w->seen->st : NULL;
		w->path.len = d->path_len;
		buf_puts(&w->path, e->name);
		return 1;
	}
	return 0;
}

void
tar_walk_free(struct tar_walk *w)
{
	if (w == NULL)
		return;
	if (w->seen != NULL)
		tar_ahead_drop(w->ahead, w->seen);
	while (w->n > 0)
		tar_ahead_drop(w->ahead, w->v[--w->n]);
	tar_ahead_free(w->ahead);
	free(w->v);
	free(w->scratch);
	buf_free(&w->path);
	free(w);
}
