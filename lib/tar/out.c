/* A tar stream on its way out: one buffer, whole blocks, the end marked. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/io.h"
#include "base/status.h"
#include "tar/header.h"
#include "tar/out.h"

struct tar_out {
	int fd;
	size_t n; /* bytes of data, always less than all of it */
	uint64_t total; /* bytes ever added */
	char data[IO_SIZE];
};

struct tar_out *
tar_out_new(int fd)
{
	struct tar_out *o = xcalloc(1, sizeof(*o));

	o->fd = fd;
	return o;
}

void
tar_out_free(struct tar_out *o)
{
	free(o);
}

static int
flush(struct tar_out *o)
{
	if (io_write_all(o->fd, o->data, o->n) == -1) {
		warn("standard output");
		return -1;
	}
	status_add(0, o->n, 0);
	o->n = 0;
	return 0;
}

/* Counts n bytes that stand behind the others in data already. */
static int
added(struct tar_out *o, size_t n)
{
	o->n += n;
	o->total += n;
	return o->n == sizeof(o->data) ? flush(o) : 0;
}

/* How many bytes of left have room in data. */
static size_t
room(const struct tar_out *o, uint64_t left)
{
	size_t n = sizeof(o->data) - o->n;

	return left < n ? (size_t)left : n;
}

int
tar_out_add(struct tar_out *o, const void *p, size_t n)
{
	const char *s = p;
	size_t k;

	for (; n > 0; s += k, n -= k) {
		k = room(o, n);
		memcpy(o->data + o->n, s, k);
		if (added(o, k) == -1)
			return -1;
	}
	return 0;
}

static int
add_zeros(struct tar_out *o, uint64_t n)
{
	size_t k;

	for (; n > 0; n -= k) {
		k = room(o, n);
		memset(o->data + o->n, 0, k);
		if (added(o, k) == -1)
			return -1;
	}
	return 0;
}

/* Zeros up to the next multiple of unit. */
static int
fill_up(struct tar_out *o, uint64_t unit)
{
	return add_zeros(o, (unit - o->total % unit) % unit);
}

int
tar_out_add_file(struct tar_out *o, const void *p, size_t n)
{
	return tar_out_add(o, p, n) == -1 ? -1 : fill_up(o, TAR_BLOCK);
}

int
tar_out_copy(struct tar_out *o, int fd, uint64_t size, struct tar_copy *copy)
{
	ssize_t r;

	copy->got = 0;
	copy->error = 0;
	while (copy->got < size) {
		/* Straight into our buffer: contents are never copied. */
		r = io_read(fd, o->data + o->n, room(o, size - copy->got));
		if (r == -1)
			copy->error = errno;
		if (r <= 0)
			break;
		copy->got += (size_t)r;
		status_add((size_t)r, 0, 0);
		if (added(o, (size_t)r) == -1)
			return -1;
	}
	if (add_zeros(o, size - copy->got) == -1)
		return -1;
	return fill_up(o, TAR_BLOCK);
}

int
tar_out_end(struct tar_out *o)
{
	if (add_zeros(o, 2 * TAR_BLOCK) == -1 || fill_up(o, TAR_RECORD) == -1)
		return -1;
	return flush(o);
}
