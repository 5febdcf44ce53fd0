/* ISA-L's compressor, where there is one. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_ZFAST_H
#define GLB_ZFAST_H

#include <stddef.h>

struct zfast;

/*
 * A compressor of one level; NULL if ISA-L has no such level or is not here.
 * Free with zfast_free().
 */
struct zfast *zfast_new(int level);

/* Frees f, which may be NULL. */
void zfast_free(struct zfast *f);

/*
 * Does what zblock_pack() does for a room of that many bytes.  Returns how
 * much of it is left: nothing if it was too small.
 */
size_t zfast_pack(struct zfast *f, unsigned char *in, size_t n,
    unsigned char *out, size_t room);

#endif
