/* What a unit test needs to look at warnings: stderr caught in memory. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_TEST_CAPTURE_H
#define GLB_TEST_CAPTURE_H

#include <sys/mman.h>

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"

struct capture {
	int old, fd;
};

/* From here on stderr goes to memory. */
static inline void
capture_start(struct capture *c)
{
	fflush(stderr);
	c->old = dup(STDERR_FILENO);
	c->fd = memfd_create("stderr", MFD_CLOEXEC);
	assert(c->old != -1 && c->fd != -1);
	assert(dup2(c->fd, STDERR_FILENO) != -1);
}

/* Gives stderr back; returns what came, without "PROGRAM: ", to be freed. */
static inline char *
capture_end(struct capture *c)
{
	struct buf b = {NULL, 0, 0};
	const char *name = program_invocation_short_name, *s;
	char *text;
	size_t n;

	fflush(stderr);
	assert(dup2(c->old, STDERR_FILENO) != -1);
	assert(lseek(c->fd, 0, SEEK_SET) == 0);
	assert(io_read_all(c->fd, &b, 1 << 20) == 0);
	close(c->old);
	close(c->fd);
	s = buf_str(&b);
	if (strncmp(s, name, strlen(name)) == 0)
		s += strlen(name) + 2;
	text = strdup(s);
	assert(text != NULL);
	/* The one line loses its end; of more lines all is kept to be seen. */
	n = strcspn(text, "\n");
	if (text[n] != '\0' && text[n + 1] == '\0')
		text[n] = '\0';
	buf_free(&b);
	return text;
}

/* Equal strings, or both are shown and the test fails. */
static inline void
same(const char *what, const char *want, const char *got)
{
	if (strcmp(want, got) == 0)
		return;
	fprintf(stderr, "%s\nexpected: %s\n     got: %s\n", what, want, got);
	abort();
}

#endif
