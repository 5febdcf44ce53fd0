/* Cuts the input into blocks, at fixed borders or where its content says. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_CUT_H
#define GLB_CUT_H

#include <stdbool.h>
#include <stddef.h>

#define CUT_MIN 65536 /* with content-defined borders, except at the end */
#define CUT_MAX 524288

struct cut;

/*
 * Blocks of fd, which stays the caller's: each of CUT_MAX bytes but the last,
 * or with content_defined borders after 64 bytes that sum up to a certain
 * value, so that equal stretches of two inputs are soon cut alike: CUT_MIN to
 * CUT_MAX bytes, about 190 KiB on the average.  Never depends on how much one
 * read(2) gives.  Free with cut_free().
 */
struct cut *cut_new(int fd, bool content_defined);

/* Frees c, which may be NULL. */
void cut_free(struct cut *c);

/*
 * Reads the next block into buf, which has room for CUT_MAX bytes.  While
 * stop_fd is not -1, a byte to read there ends the waiting for input.  Silent.
 * Returns 1 with the block's size in *n, 0 at the end, or -1 with errno
 * (ECANCELED if stopped).
 */
int cut_next(struct cut *c, int stop_fd, unsigned char *buf, size_t *n);

#endif
