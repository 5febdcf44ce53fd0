/* The codec: compresses one block on its own. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_ZBLOCK_H
#define GLB_ZBLOCK_H

#include <stddef.h>

struct zblock;

/*
 * A codec for level 1 to 9, ISA-L's for 1 to 3 where there is one; one for
 * each thread.  Free with zblock_free().
 */
struct zblock *zblock_new(int level);

/* Frees z, which may be NULL. */
void zblock_free(struct zblock *z);

/* How much room the result of n bytes can need. */
size_t zblock_room(size_t n);

/*
 * Compresses the n bytes at in into out, which has zblock_room() for them, as
 * raw deflate that refers to nothing before it, is not the last of its stream
 * and ends, byte-aligned, with the four bytes 00 00 ff ff.  Equal bytes give
 * equal results.  Silent.  Returns the length of the result, or 0 with errno.
 */
size_t zblock_pack(
    struct zblock *z, unsigned char *in, size_t n, unsigned char *out);

#endif
