/* Directories whose attributes wait until all is unpacked. */
/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "tar/dirs.h"

struct entry {
	struct tar_attr attr;
	size_t path; /* where in paths */
	size_t index; /* which it was, for qsort(3) is not stable */
};

struct tar_dirs {
	struct entry *v;
	size_t n, size, next;
	struct buf paths; /* one after the other, each with its NUL */
	bool sorted;
};

struct tar_dirs *
tar_dirs_new(void)
{
	return xcalloc(1, sizeof(struct tar_dirs));
}

void
tar_dirs_free(struct tar_dirs *d)
{
	if (d == NULL)
		return;
	free(d->v);
	buf_free(&d->paths);
	free(d);
}

void
tar_dirs_add(struct tar_dirs *d, const char *path, const struct tar_attr *a)
{
	struct entry *e;

	if (d->n == d->size) {
		d->size = d->size > 0 ? d->size * 2 : 64;
		d->v = xreallocarray(d->v, d->size, sizeof(*d->v));
	}
	e = &d->v[d->n];
	e->attr = *a;
	e->path = d->paths.len;
	e->index = d->n++;
	buf_add(&d->paths, path, strlen(path) + 1);
}

/*
 * A directory's path is the beginning of those below it, so that the reverse
 * order of paths has them before it.  The last one of a path comes first.
 */
static int
deeper_first(const void *a, const void *b, void *paths)
{
	const struct entry *x = a, *y = b;
	const char *s = paths;
	int c = strcmp(s + y->path, s + x->path);

	if (c != 0)
		return c;
	return x->index < y->index ? 1 : -1;
}

int
tar_dirs_next(struct tar_dirs *d, struct tar_dir *dir)
{
	const char *last = NULL;

	if (!d->sorted && d->n > 0)
		qsort_r(d->v, d->n, sizeof(*d->v), deeper_first, d->paths.data);
	d->sorted = true;
	if (d->next > 0)
		last = d->paths.data + d->v[d->next - 1].path;
	for (; d->next < d->n; d->next++) {
		dir->path = d->paths.data + d->v[d->next].path;
		if (last == NULL || strcmp(last, dir->path) != 0)
			break;
	}
	if (d->next == d->n)
		return 0;
	dir->attr = d->v[d->next++].attr;
	return 1;
}
