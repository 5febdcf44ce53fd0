/* The names in a directory, read whole and sorted by their bytes. */
/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "tar/names.h"

static int
by_name(const void *a, const void *b, void *text)
{
	const char *s = text;

	return strcmp(s + *(const size_t *)a + 1, s + *(const size_t *)b + 1);
}

static void
add(struct tar_names *v, const struct tar_exclude *x, const char *path,
    const struct dirent64 *d)
{
	if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0 ||
	    tar_exclude_match(x, path, d->d_name))
		return;
	buf_putc(&v->text, (char)d->d_type);
	buf_add(&v->text, d->d_name, strlen(d->d_name) + 1);
	v->n++;
}

static void
sort(struct tar_names *v)
{
	size_t i, at;

	v->order = xreallocarray(NULL, v->n + 1, sizeof(*v->order));
	for (i = at = 0; i < v->n; i++) {
		v->order[i] = at;
		at += strlen(v->text.data + at + 1) + 2;
	}
	qsort_r(v->order, v->n, sizeof(*v->order), by_name, v->text.data);
}

int
tar_names_read(struct tar_names *v, int fd, const struct tar_exclude *x,
    const char *path, size_t max, void *scratch)
{
	char *p, *end;
	int error = 0;
	ssize_t r;

	do {
		r = getdents64(fd, scratch, TAR_NAMES_SCRATCH);
		p = scratch;
		for (end = p + (r > 0 ? r : 0); p < end;
		     p += ((struct dirent64 *)(void *)p)->d_reclen)
			add(v, x, path, (struct dirent64 *)(void *)p);
		if (r == -1 && errno != EINTR)
			error = errno;
		if (v->text.len > max)
			error = EFBIG;
	} while (r != 0 && error == 0);
	sort(v);
	errno = error;
	return error == 0 ? 0 : -1;
}

const char *
tar_names_get(const struct tar_names *v, size_t i)
{
	return v->text.data + v->order[i] + 1;
}

unsigned char
tar_names_type(const struct tar_names *v, size_t i)
{
	return (unsigned char)v->text.data[v->order[i]];
}

size_t
tar_names_size(const struct tar_names *v)
{
	return v->text.size + v->n * sizeof(*v->order);
}

void
tar_names_free(struct tar_names *v)
{
	buf_free(&v->text);
	free(v->order);
}
