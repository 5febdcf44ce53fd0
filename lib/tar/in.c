/* A tar stream on its way in: one buffer, whole blocks, the place known. */
/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/io.h"
#include "base/status.h"
#include "tar/header.h"
#include "tar/in.h"

struct tar_in {
	int fd, stop;
	size_t at, end; /* what is there and was not given away yet */
	uint64_t offset; /* of data[at] in the stream */
	char data[IO_SIZE];
};

struct tar_in *
tar_in_new(int fd, int stop)
{
	struct tar_in *in = xcalloc(1, sizeof(*in));

	in->fd = fd;
	in->stop = stop;
	return in;
}

void
tar_in_free(struct tar_in *in)
{
	free(in);
}

uint64_t
tar_in_offset(const struct tar_in *in)
{
	return in->offset;
}

/* Waits until there is something to read.  0, or -1: stop came first. */
static int
wait_for(const struct tar_in *in)
{
	struct pollfd p[2] = {{in->fd, POLLIN, 0}, {in->stop, POLLIN, 0}};
	int rc;

	if (in->stop == -1)
		return 0;
	do
		rc = poll(p, 2, -1);
	while (rc == -1 && errno == EINTR);
	if (rc != -1 && p[1].revents != 0) {
		errno = ECANCELED;
		rc = -1;
	}
	return rc == -1 ? -1 : 0;
}

/* Reads once behind what is there.  Returns what io_read() does. */
static ssize_t
fill(struct tar_in *in)
{
	ssize_t r;

	if (in->at > 0) {
		memmove(in->data, in->data + in->at, in->end - in->at);
		in->end -= in->at;
		in->at = 0;
	}
	if (wait_for(in) == -1)
		return -1;
	r = io_read(in->fd, in->data + in->end, sizeof(in->data) - in->end);
	if (r == -1)
		return -1;
	status_add((uint64_t)r, 0, 0);
	in->end += (size_t)r;
	return r;
}

static ssize_t
give(struct tar_in *in, size_t n, const char **p)
{
	*p = in->data + in->at;
	in->at += n;
	in->offset += n;
	return (ssize_t)n;
}

ssize_t
tar_in_some(struct tar_in *in, uint64_t max, const char **p)
{
	size_t n;

	if (in->at == in->end && max > 0 && fill(in) == -1)
		return -1;
	n = in->end - in->at;
	return give(in, max < n ? (size_t)max : n, p);
}

ssize_t
tar_in_block(struct tar_in *in, const char **p)
{
	ssize_t r;

	while (in->end - in->at < TAR_BLOCK) {
		r = fill(in);
		if (r == -1)
			return -1;
		if (r == 0)
			return give(in, in->end - in->at, p);
	}
	return give(in, TAR_BLOCK, p);
}
