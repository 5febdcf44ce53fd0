/* The codec: compresses one block on its own. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <errno.h>
#include <stdlib.h>

#include <zlib.h>

#include "base/alloc.h"
#include "base/prog.h"
#include "gzip/zblock.h"

#define RAW_WINDOW (-15) /* 32 KiB of window, no zlib or gzip framing */
#define MEMORY 8 /* zlib's default */
#define FLUSH_ROOM 16 /* deflateBound() does not count a sync flush */

struct zblock {
	z_stream z;
};

struct zblock *
zblock_new(int level)
{
	struct zblock *b = xcalloc(1, sizeof(*b));

	if (deflateInit2(&b->z, level, Z_DEFLATED, RAW_WINDOW, MEMORY,
		Z_DEFAULT_STRATEGY) != Z_OK)
		errx(PROG_FAILED, "memory: zlib cannot start");
	return b;
}

void
zblock_free(struct zblock *b)
{
	if (b == NULL)
		return;
	deflateEnd(&b->z);
	free(b);
}

size_t
zblock_room(struct zblock *b, size_t n)
{
	return deflateBound(&b->z, n) + FLUSH_ROOM;
}

size_t
zblock_pack(struct zblock *b, unsigned char *in, size_t n, unsigned char *out)
{
	size_t room = zblock_room(b, n);

	b->z.next_in = in;
	b->z.avail_in = (uInt)n;
	b->z.next_out = out;
	b->z.avail_out = (uInt)room;
	/* A full buffer may hide that the flush is not complete yet. */
	if (deflateReset(&b->z) != Z_OK ||
	    deflate(&b->z, Z_SYNC_FLUSH) != Z_OK || b->z.avail_in != 0 ||
	    b->z.avail_out == 0) {
		errno = ENOBUFS;
		return 0;
	}
	return room - b->z.avail_out;
}
