/* The CRC-32 of gzip, by whichever library is here and fast. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_ZSUM_H
#define GLB_ZSUM_H

#include <stddef.h>
#include <stdint.h>

/* The sum of what sum, 0 at the start, stands for and the n bytes at p. */
uint32_t zsum_add(uint32_t sum, const unsigned char *p, size_t n);

/* The sum of two stretches, of which the second has n bytes, from theirs. */
uint32_t zsum_join(uint32_t first, uint32_t second, size_t n);

#endif
