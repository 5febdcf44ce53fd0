/* A tar stream on its way in: one buffer, whole blocks, the place known. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_TAR_IN_H
#define GLB_TAR_IN_H

#include <sys/types.h>

#include <stdint.h>

/* Silent.  What is read is told to status_add(). */
struct tar_in;

/*
 * A stream from fd, which stays the caller's.  Free with tar_in_free().  Once
 * the descriptor stop can be read, nothing more is read from fd, and reading
 * fails with ECANCELED; stop may be -1.
 */
struct tar_in *tar_in_new(int fd, int stop);

/*
 * The next bytes, at most max of them, in *p until the next call.  Returns
 * how many, 0 at the end of the stream, -1 with errno.
 */
ssize_t tar_in_some(struct tar_in *in, uint64_t max, const char **p);

/*
 * The next TAR_BLOCK bytes, in *p until the next call.  Returns how many: less
 * only at the end of the stream; -1 with errno.
 */
ssize_t tar_in_block(struct tar_in *in, const char **p);

/* How many bytes of the stream have been given away. */
uint64_t tar_in_offset(const struct tar_in *in);

/* Frees in, which may be NULL. */
void tar_in_free(struct tar_in *in);

#endif
