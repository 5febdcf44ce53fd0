/* The gzip header: what ours says, and the reading of anybody's. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_ZHEAD_H
#define GLB_ZHEAD_H

#include <stdbool.h>

#include "gzip/zin.h"

/*
 * What we write is one gzip member (RFC 1952):
 *
 *   header    1f 8b 08 04  00 00 00 00  XFL 03    time 0, made on Unix
 *             0a 00  'G' 'L' 06 00                one FEXTRA subfield:
 *             01 FLAGS SIZE                         version, flags, block size
 *   blocks    raw deflate, each compressed on its own and ended by a sync
 *             flush, that is 00 00 ff ff on a byte boundary
 *   end       03 00, an empty last deflate block
 *   trailer   CRC-32, length modulo 2^32
 *
 * SIZE is CUT_MAX and, like the trailer, is a 32-bit little-endian number.
 * Every block but the last holds SIZE bytes of the data; with ZHEAD_CONTENT in
 * FLAGS borders follow the content and SIZE is the most that a block holds.  No
 * block is empty, and no data means no block.
 */
#define ZHEAD_SIZE 22
#define ZHEAD_VERSION 1
#define ZHEAD_CONTENT 1

/* Writes our header for level 1 to 9 into out. */
void zhead_make(unsigned char out[ZHEAD_SIZE], int level, bool content_defined);

/*
 * Reads the header of one member, whoever wrote it, checks its header CRC if
 * it has one, and leaves in at the first byte behind it.  *announced tells
 * whether it is one of ours.  Returns a status.
 */
int zhead_read(struct zin *in, bool *announced);

#endif
