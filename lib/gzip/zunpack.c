/* Expands any gzip stream and checks all that it says about itself. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "base/alloc.h"
#include "base/io.h"
#include "base/prog.h"
#include "base/status.h"
#include "gzip/zhead.h"
#include "gzip/zin.h"
#include "gzip/zparts.h"
#include "gzip/zraw.h"
#include "gzip/zsum.h"
#include "gzip/zunpack.h"

#define RAW_WINDOW (-15) /* any window, no zlib or gzip framing */

/* In data_type after inflate() with Z_BLOCK: it stands behind a block. */
#define BLOCK_END 128
#define LAST_END (64 | BLOCK_END) /* behind the last one */

#define WINDOW 32768

_Static_assert(ZIN_BACK >= ZRAW_BACK, "more than a zin can take back");

/*
 * Members of other programs are expanded by a zraw.  Our own ones come in
 * parts that workers have expanded, as long as each part is sound and the one
 * before it ended where a block ends.  All else of them, damage above all, is
 * expanded here, by zlib, which stops at each deflate block.
 */
struct unpack {
	struct zin in;
	int out; /* or -1 */
	unsigned int processors;
	struct zraw *raw;
	z_stream z;
	struct zunpack_counts *counts;

	/* Of the present member. */
	bool announced; /* ours: its blocks are counted */
	uint32_t crc;
	uint64_t length;
	uint64_t last_end; /* length at the last end of a deflate block */
	bool at_border; /* behind a deflate block and on a byte boundary */
	bool behind; /* z does not know what came last: window does */

	size_t n_window;
	unsigned char window[WINDOW]; /* the last bytes of sound parts */

	uint64_t reported; /* of the input, to the status descriptor */
	size_t n_data; /* expanded, but not written yet */
	unsigned char data[IO_SIZE];
};

/* Writes n bytes in pieces that a pipe takes in one go. */
static int
put(struct unpack *u, const unsigned char *p, size_t n)
{
	size_t piece;

	if (u->out == -1)
		return PROG_DONE;
	for (; n > 0; p += piece, n -= piece) {
		piece = n < IO_SIZE ? n : IO_SIZE;
		if (io_write_all(u->out, p, piece) == -1) {
			warn("standard output");
			return PROG_FAILED;
		}
		status_add(0, piece, 0);
	}
	return PROG_DONE;
}

/* Writes what is waiting.  Returns a status. */
static int
flush(struct unpack *u)
{
	size_t n = u->n_data;

	u->n_data = 0;
	status_add(zin_offset(&u->in) - u->reported, 0, 0);
	u->reported = zin_offset(&u->in);
	return put(u, u->data, n);
}

/* Makes sure of a byte to read: in the middle of what, if there is none. */
static int
need_input(struct unpack *u, const char *what)
{
	switch (zin_fill(&u->in)) {
	case 1:
		return PROG_DONE;
	case 0:
		return zin_damage(zin_offset(&u->in), "input ends in %s", what);
	default:
		return PROG_FAILED;
	}
}

static void
count_block(struct unpack *u)
{
	u->counts->blocks++;
	status_add(0, 0, 1);
}

/* n bytes more are at data + n_data. */
static void
add(struct unpack *u, size_t n)
{
	u->crc = zsum_add(u->crc, u->data + u->n_data, n);
	u->n_data += n;
	u->length += n;
}

/* Has zlib begin where the last sound part ended. */
static void
catch_up(struct unpack *u)
{
	inflateReset(&u->z);
	if (u->n_window > 0)
		inflateSetDictionary(&u->z, u->window, (uInt)u->n_window);
	u->behind = false;
}

/*
 * One call of inflate() with input and room for output.  Sets *end behind the
 * last block.  Returns a status.
 */
static int
inflate_some(struct unpack *u, bool *end)
{
	unsigned char *in = (unsigned char *)(uintptr_t)u->in.data;
	int rc;

	if (u->behind)
		catch_up(u);
	u->z.next_in = in + u->in.pos;
	u->z.avail_in = (uInt)(u->in.len - u->in.pos);
	u->z.next_out = u->data + u->n_data;
	u->z.avail_out = (uInt)(sizeof(u->data) - u->n_data);
	rc = inflate(&u->z, Z_BLOCK);
	u->in.pos = u->in.len - u->z.avail_in;
	add(u, sizeof(u->data) - u->n_data - u->z.avail_out);
	u->at_border = u->z.data_type == BLOCK_END;
	/* With Z_BLOCK, Z_STREAM_END itself comes one call later. */
	*end = rc == Z_STREAM_END || (u->z.data_type & LAST_END) == LAST_END;
	if (rc == Z_MEM_ERROR)
		errx(PROG_FAILED, "memory: zlib cannot go on");
	if (rc != Z_OK && rc != Z_STREAM_END)
		return zin_damage(zin_offset(&u->in), "damaged data: %s",
		    u->z.msg != NULL ? u->z.msg : "no progress");
	return PROG_DONE;
}

/*
 * A sync flush, the border of our blocks, is a stored deflate block of no
 * bytes.  ISA-L also makes empty blocks of another kind, which are none.
 */
static void
look_for_border(struct unpack *u)
{
	static const unsigned char empty[4] = {0, 0, 0xff, 0xff};
	const unsigned char *p = u->in.data + u->in.pos - sizeof(empty);

	if ((u->z.data_type & BLOCK_END) == 0)
		return;
	if (u->at_border && u->length == u->last_end &&
	    memcmp(p, empty, sizeof(empty)) == 0)
		count_block(u);
	u->last_end = u->length;
}

/* What came last is in zlib, or in the window: have it in the window. */
static void
leave_zlib(struct unpack *u)
{
	uInt n = 0;

	if (u->behind)
		return;
	inflateGetDictionary(&u->z, u->window, &n);
	u->n_window = n;
	u->behind = true;
}

/* Remembers the end of what a sound part held, which zlib has not seen. */
static void
remember(struct unpack *u, const unsigned char *p, size_t n)
{
	size_t keep;

	leave_zlib(u);
	if (n > WINDOW) {
		p += n - WINDOW;
		n = WINDOW;
	}
	keep = WINDOW - n < u->n_window ? WINDOW - n : u->n_window;
	memmove(u->window, u->window + u->n_window - keep, keep);
	memcpy(u->window + keep, p, n);
	u->n_window = keep + n;
}

/* Takes a whole part as the workers have made it.  Returns a status. */
static int
take_part(struct unpack *u)
{
	const struct zpart *part = u->in.part;
	int rc;

	rc = flush(u);
	u->in.pos = u->in.len;
	remember(u, part->out, part->n_out);
	u->crc = zsum_join(u->crc, part->crc, part->n_out);
	u->length += part->n_out;
	u->last_end = u->length;
	count_block(u);
	return rc == PROG_DONE ? put(u, part->out, part->n_out) : rc;
}

/* Expands the deflate stream of one of our members.  Returns a status. */
static int
expand_ours(struct unpack *u)
{
	bool end = false, fresh;
	int rc = PROG_DONE;

	u->at_border = u->behind = true;
	u->last_end = 0;
	u->n_window = 0;
	while (rc == PROG_DONE && !end) {
		fresh = u->in.pos == u->in.len;
		rc = need_input(u, "compressed data");
		if (rc != PROG_DONE)
			break;
		if (fresh && u->at_border && u->in.part != NULL &&
		    u->in.part->sound) {
			rc = take_part(u);
			continue;
		}
		rc = inflate_some(u, &end);
		if (rc == PROG_DONE && !end)
			look_for_border(u);
		if (rc == PROG_DONE && u->n_data == sizeof(u->data))
			rc = flush(u);
	}
	return rc;
}

/* Expands the deflate stream of another's member.  Returns a status. */
static int
expand_foreign(struct unpack *u)
{
	enum zraw_result result;
	struct zraw_io io;
	int rc;

	zraw_start(u->raw);
	for (;;) {
		io = (struct zraw_io){u->in.data + u->in.pos,
		    u->in.len - u->in.pos, u->data + u->n_data,
		    sizeof(u->data) - u->n_data};
		result = zraw_step(u->raw, &io);
		u->in.pos = u->in.len - io.n_in;
		add(u, sizeof(u->data) - u->n_data - io.n_out);
		if (result == ZRAW_END)
			return PROG_DONE;
		if (result == ZRAW_DAMAGED)
			return zin_damage(zin_offset(&u->in),
			    "damaged data: %s", zraw_reason(u->raw));
		if (u->n_data == sizeof(u->data))
			rc = flush(u);
		else
			rc = need_input(u, "compressed data");
		if (rc != PROG_DONE)
			return rc;
	}
}

/*
 * From the first of our members on the input comes in parts, for whatever
 * follows it may be ours, too.  Returns a status.
 */
static int
start_parts(struct unpack *u)
{
	struct zparts *parts;

	if (u->in.parts != NULL)
		return PROG_DONE;
	parts = zparts_start(u->in.fd, u->in.data + u->in.pos,
	    u->in.len - u->in.pos, u->processors);
	if (parts == NULL)
		return PROG_FAILED;
	zin_divert(&u->in, parts);
	return PROG_DONE;
}

/* Expands the deflate stream of one member.  Returns a status. */
static int
expand(struct unpack *u)
{
	int rc = PROG_DONE;

	u->crc = 0;
	u->length = 0;
	if (u->announced)
		rc = start_parts(u);
	if (rc == PROG_DONE && u->in.parts != NULL)
		zparts_expand(u->in.parts, u->announced);
	if (rc == PROG_DONE)
		rc = u->announced ? expand_ours(u) : expand_foreign(u);
	u->counts->bytes_out += u->length;
	return rc;
}

/* Reads one number of the trailer, which must be want. */
static int
check32(struct unpack *u, uint32_t want, const char *what)
{
	uint64_t offset = zin_offset(&u->in);
	uint32_t have = 0;
	int i, rc;

	for (i = 0; i < 32; i += 8) {
		rc = need_input(u, "a trailer");
		if (rc != PROG_DONE)
			return rc;
		have |= (uint32_t)u->in.data[u->in.pos++] << i;
	}
	if (have != want)
		return zin_damage(offset, "wrong %s", what);
	return PROG_DONE;
}

/* Reads one member.  Returns a status. */
static int
read_member(struct unpack *u)
{
	int rc;

	rc = zhead_read(&u->in, &u->announced);
	if (rc == PROG_DONE)
		rc = expand(u);
	if (rc == PROG_DONE)
		rc = check32(u, u->crc, "checksum");
	if (rc == PROG_DONE)
		rc = check32(u, (uint32_t)u->length, "length");
	if (rc != PROG_DONE)
		return rc;
	u->counts->members++;
	if (!u->announced)
		count_block(u);
	return PROG_DONE;
}

/* Reads the zeros behind the last member: nothing else may follow them. */
static int
skip_padding(struct unpack *u)
{
	int c;

	while ((c = zin_byte(&u->in)) == 0)
		continue;
	if (c > 0)
		return zin_damage(zin_offset(&u->in) - 1,
		    "not a zero, but behind the padding");
	return c == ZIN_END ? PROG_DONE : PROG_FAILED;
}

/* Reads all members.  Returns a status. */
static int
read_members(struct unpack *u)
{
	int rc, more;

	do {
		rc = read_member(u);
		if (rc != PROG_DONE)
			return rc;
		more = zin_fill(&u->in);
	} while (more == 1 && u->in.data[u->in.pos] != 0);
	if (more == -1)
		return PROG_FAILED;
	return skip_padding(u);
}

int
zunpack_stream(
    int in, int out, unsigned int processors, struct zunpack_counts *counts)
{
	struct unpack *u = xcalloc(1, sizeof(*u));
	int rc;

	memset(counts, 0, sizeof(*counts));
	u->out = out;
	u->processors = processors;
	u->counts = counts;
	u->raw = zraw_new();
	zin_start(&u->in, in);
	if (inflateInit2(&u->z, RAW_WINDOW) != Z_OK)
		errx(PROG_FAILED, "memory: zlib cannot start");
	rc = read_members(u);
	counts->bytes_in = zin_offset(&u->in);
	/* What came before a damage is sound as far as one can know. */
	if (rc != PROG_FAILED)
		rc = prog_worse(rc, flush(u));
	zparts_stop(u->in.parts);
	inflateEnd(&u->z);
	zraw_free(u->raw);
	free(u);
	return rc;
}
