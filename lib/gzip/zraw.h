/* Expands raw deflate, by whichever library is here and fast. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_ZRAW_H
#define GLB_ZRAW_H

#include <stdbool.h>
#include <stddef.h>

/* How many bytes too many zraw_step() may take at first. */
#define ZRAW_BACK 8

/*
 * What lies between an input and an output, either of which may be exchanged
 * for the next one between two steps.
 */
struct zraw_io {
	const unsigned char *in;
	size_t n_in;
	unsigned char *out;
	size_t n_out; /* room */
};

struct zraw;

/* One for each thread.  Free with zraw_free(). */
struct zraw *zraw_new(void);

/* Frees z, which may be NULL. */
void zraw_free(struct zraw *z);

/* Starts with a new stream, which refers to nothing before it. */
void zraw_start(struct zraw *z);

enum zraw_result { ZRAW_MORE, ZRAW_END, ZRAW_DAMAGED };

/*
 * Expands until the input or the room is used up and moves all four of io
 * along.  There may be more to come out when the input is used up, unless
 * there is room left.  Silent.  Returns
 *   ZRAW_MORE     neither of the others
 *   ZRAW_END      io->in stands behind the stream, which may be up to
 *                 ZRAW_BACK bytes before the beginning of this input
 *   ZRAW_DAMAGED  io->in stands where it was found, or behind; the last
 *                 bytes that were sound may be missing
 */
enum zraw_result zraw_step(struct zraw *z, struct zraw_io *io);

/*
 * After ZRAW_MORE with room left and all input used up: whether the next bit
 * of input begins both a byte and a deflate block.
 */
bool zraw_at_border(const struct zraw *z);

/* What ZRAW_DAMAGED means, in a few words. */
const char *zraw_reason(const struct zraw *z);

#endif
