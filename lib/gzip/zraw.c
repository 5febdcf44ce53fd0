/* Expands raw deflate, by whichever library is here and fast. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <stdint.h>
#include <stdlib.h>

#ifdef GLB_ISAL
#include <isa-l.h>
#else
#include <zlib.h>
#endif

#include "base/alloc.h"
#include "base/prog.h"
#include "gzip/zraw.h"

#ifdef GLB_ISAL
#define MATCH_MAX 258

struct zraw {
	struct inflate_state state;
	int rc;
};

struct zraw *
zraw_new(void)
{
	struct zraw *z = xcalloc(1, sizeof(*z));

	isal_inflate_init(&z->state);
	return z;
}

void
zraw_free(struct zraw *z)
{
	free(z);
}

void
zraw_start(struct zraw *z)
{
	isal_inflate_reset(&z->state);
	z->rc = ISAL_DECOMP_OK;
}

/*
 * ISA-L counts a match before it finds that there is nothing it can match:
 * those bytes were not written, and are whatever lay there.  n_out is the room
 * that there was.
 */
static void
drop_unwritten(struct zraw_io *io, size_t n_out)
{
	size_t made = n_out - io->n_out;
	size_t unsure = made < MATCH_MAX ? made : MATCH_MAX;

	io->out -= unsure;
	io->n_out += unsure;
}

enum zraw_result
zraw_step(struct zraw *z, struct zraw_io *io)
{
	struct inflate_state *s = &z->state;
	size_t n_in = io->n_in, n_out = io->n_out, back;

	s->next_in = (unsigned char *)(uintptr_t)io->in;
	s->avail_in = (uint32_t)n_in;
	s->next_out = io->out;
	s->avail_out = (uint32_t)n_out;
	z->rc = isal_inflate(s);
	/* Behind a damage avail_in and avail_out are wrong. */
	io->n_in -= (size_t)(s->next_in - io->in);
	io->in = s->next_in;
	io->n_out -= (size_t)(s->next_out - io->out);
	io->out = s->next_out;
	if (z->rc == ISAL_INVALID_LOOKBACK || z->rc == ISAL_INVALID_SYMBOL)
		drop_unwritten(io, n_out);
	if (z->rc >= 0 && s->block_state != ISAL_BLOCK_FINISH &&
	    (n_in == 0 || io->n_in < n_in || io->n_out < n_out))
		return ZRAW_MORE;
	/* It reads whole words, and keeps what it has read too much. */
	back = s->read_in_length < 0 ? 0 : (size_t)s->read_in_length / 8;
	io->in -= back;
	io->n_in += back;
	return z->rc >= 0 && s->block_state == ISAL_BLOCK_FINISH ? ZRAW_END
								 : ZRAW_DAMAGED;
}

bool
zraw_at_border(const struct zraw *z)
{
	const struct inflate_state *s = &z->state;

	/* It looks for a header whenever it can, and keeps what it finds. */
	return (s->block_state == ISAL_BLOCK_NEW_HDR ||
		   s->block_state == ISAL_BLOCK_HDR) &&
	    s->read_in_length == 0 && s->tmp_in_size == 0;
}

const char *
zraw_reason(const struct zraw *z)
{
	switch (z->rc) {
	case ISAL_INVALID_BLOCK:
		return "invalid block";
	case ISAL_INVALID_SYMBOL:
		return "invalid code";
	case ISAL_INVALID_LOOKBACK:
		return "invalid distance too far back";
	default:
		return "no progress";
	}
}
#else
#define RAW_WINDOW (-15) /* any window, no zlib or gzip framing */

/* In data_type: behind a block that is not the last, with no bits left over. */
#define BLOCK_END 128

struct zraw {
	z_stream z;
};

struct zraw *
zraw_new(void)
{
	struct zraw *z = xcalloc(1, sizeof(*z));

	if (inflateInit2(&z->z, RAW_WINDOW) != Z_OK)
		errx(PROG_FAILED, "memory: zlib cannot start");
	return z;
}

void
zraw_free(struct zraw *z)
{
	if (z != NULL)
		inflateEnd(&z->z);
	free(z);
}

void
zraw_start(struct zraw *z)
{
	inflateReset(&z->z);
}

enum zraw_result
zraw_step(struct zraw *z, struct zraw_io *io)
{
	int rc;

	z->z.next_in = (unsigned char *)(uintptr_t)io->in;
	z->z.avail_in = (uInt)io->n_in;
	z->z.next_out = io->out;
	z->z.avail_out = (uInt)io->n_out;
	rc = inflate(&z->z, Z_NO_FLUSH);
	io->in = z->z.next_in;
	io->n_in = z->z.avail_in;
	io->out = z->z.next_out;
	io->n_out = z->z.avail_out;
	switch (rc) {
	case Z_OK:
	case Z_BUF_ERROR: /* nothing left that it could do */
		return ZRAW_MORE;
	case Z_STREAM_END:
		return ZRAW_END;
	case Z_MEM_ERROR:
		errx(PROG_FAILED, "memory: zlib cannot go on");
	default:
		return ZRAW_DAMAGED;
	}
}

bool
zraw_at_border(const struct zraw *z)
{
	return z->z.data_type == BLOCK_END;
}

const char *
zraw_reason(const struct zraw *z)
{
	return z->z.msg != NULL ? z->z.msg : "no progress";
}
#endif
