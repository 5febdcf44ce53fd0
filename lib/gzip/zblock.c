/* The codec: compresses one block on its own. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <errno.h>
#include <stdlib.h>

#include <zlib.h>

#include "base/alloc.h"
#include "base/prog.h"
#include "gzip/zblock.h"
#include "gzip/zfast.h"

#define RAW_WINDOW (-15) /* 32 KiB of window, no zlib or gzip framing */
#define MEMORY 8 /* zlib's default */

/*
 * compressBound() does not count a sync flush.  It counts more stored blocks
 * than either library makes.
 */
#define FLUSH_ROOM 16

/* One of two codecs: ISA-L's, or zlib's if fast is NULL. */
struct zblock {
	struct zfast *fast;
	z_stream z;
};

struct zblock *
zblock_new(int level)
{
	struct zblock *b = xcalloc(1, sizeof(*b));

	b->fast = zfast_new(level);
	if (b->fast == NULL &&
	    deflateInit2(&b->z, level, Z_DEFLATED, RAW_WINDOW, MEMORY,
		Z_DEFAULT_STRATEGY) != Z_OK)
		errx(PROG_FAILED, "memory: zlib cannot start");
	return b;
}

void
zblock_free(struct zblock *b)
{
	if (b == NULL)
		return;
	if (b->fast == NULL)
		deflateEnd(&b->z);
	zfast_free(b->fast);
	free(b);
}

size_t
zblock_room(size_t n)
{
	return compressBound(n) + FLUSH_ROOM;
}

/* Returns what zfast_pack() does. */
static size_t
slow_pack(
    z_stream *z, unsigned char *in, size_t n, unsigned char *out, size_t room)
{
	z->next_in = in;
	z->avail_in = (uInt)n;
	z->next_out = out;
	z->avail_out = (uInt)room;
	if (deflateReset(z) != Z_OK || deflate(z, Z_SYNC_FLUSH) != Z_OK ||
	    z->avail_in != 0)
		return 0;
	return z->avail_out;
}

size_t
zblock_pack(struct zblock *b, unsigned char *in, size_t n, unsigned char *out)
{
	size_t left, room = zblock_room(n);

	if (b->fast != NULL)
		left = zfast_pack(b->fast, in, n, out, room);
	else
		left = slow_pack(&b->z, in, n, out, room);
	/* A full buffer may hide that the flush is not complete yet. */
	if (left == 0) {
		errno = ENOBUFS;
		return 0;
	}
	return room - left;
}
