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
#include "gzip/zunpack.h"

#define RAW_WINDOW (-15) /* any window, no zlib or gzip framing */

/* In data_type after inflate() with Z_BLOCK: it stands behind a block. */
#define BLOCK_END 128
#define LAST_END (64 | BLOCK_END) /* behind the last one */

struct unpack {
	struct zin in;
	int out; /* or -1 */
	z_stream z;
	struct zunpack_counts *counts;

	/* Of the present member. */
	bool announced; /* ours: its blocks are counted */
	uint32_t crc;
	uint64_t length;
	uint64_t last_end; /* length at the last end of a deflate block */

	uint64_t reported; /* of the input, to the status descriptor */
	size_t n_data; /* expanded, but not written yet */
	unsigned char data[IO_SIZE];
};

/* Writes what is waiting.  Returns a status. */
static int
flush(struct unpack *u)
{
	size_t n = u->n_data;

	u->n_data = 0;
	status_add(zin_offset(&u->in) - u->reported, u->out != -1 ? n : 0, 0);
	u->reported = zin_offset(&u->in);
	if (u->out != -1 && io_write_all(u->out, u->data, n) == -1) {
		warn("standard output");
		return PROG_FAILED;
	}
	return PROG_DONE;
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

/*
 * One call of inflate() with input and room for output.  Sets *end behind the
 * last block.  Returns a status.
 */
static int
inflate_some(struct unpack *u, bool *end)
{
	size_t n_in, n_out;
	int rc;

	u->z.next_in = u->in.data + u->in.pos;
	u->z.avail_in = (uInt)(u->in.len - u->in.pos);
	u->z.next_out = u->data + u->n_data;
	u->z.avail_out = (uInt)(sizeof(u->data) - u->n_data);
	rc = inflate(&u->z, u->announced ? Z_BLOCK : Z_NO_FLUSH);
	n_in = u->in.len - u->in.pos - u->z.avail_in;
	n_out = sizeof(u->data) - u->n_data - u->z.avail_out;
	u->crc = (uint32_t)crc32_z(u->crc, u->data + u->n_data, n_out);
	u->in.pos += n_in;
	u->n_data += n_out;
	u->length += n_out;
	/* With Z_BLOCK, Z_STREAM_END itself comes one call later. */
	*end = rc == Z_STREAM_END || (u->z.data_type & LAST_END) == LAST_END;
	if (rc == Z_MEM_ERROR)
		errx(PROG_FAILED, "memory: zlib cannot go on");
	if (rc != Z_OK && rc != Z_STREAM_END)
		return zin_damage(zin_offset(&u->in), "damaged data: %s",
		    u->z.msg != NULL ? u->z.msg : "no progress");
	return PROG_DONE;
}

/* A sync flush, the border of our blocks, is a deflate block of no bytes. */
static void
look_for_border(struct unpack *u)
{
	if ((u->z.data_type & BLOCK_END) == 0)
		return;
	if (u->length == u->last_end)
		count_block(u);
	u->last_end = u->length;
}

/* Expands the deflate stream of one member.  Returns a status. */
static int
expand(struct unpack *u)
{
	bool end = false;
	int rc = PROG_DONE;

	inflateReset(&u->z);
	u->crc = 0;
	u->length = u->last_end = 0;
	while (rc == PROG_DONE && !end) {
		rc = need_input(u, "compressed data");
		if (rc == PROG_DONE)
			rc = inflate_some(u, &end);
		if (rc == PROG_DONE && !end && u->announced)
			look_for_border(u);
		if (rc == PROG_DONE && u->n_data == sizeof(u->data))
			rc = flush(u);
	}
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
zunpack_stream(int in, int out, struct zunpack_counts *counts)
{
	struct unpack *u = xcalloc(1, sizeof(*u));
	int rc;

	memset(counts, 0, sizeof(*counts));
	u->out = out;
	u->counts = counts;
	zin_start(&u->in, in);
	if (inflateInit2(&u->z, RAW_WINDOW) != Z_OK)
		errx(PROG_FAILED, "memory: zlib cannot start");
	rc = read_members(u);
	counts->bytes_in = zin_offset(&u->in);
	/* What came before a damage is sound as far as one can know. */
	if (rc != PROG_FAILED)
		rc = prog_worse(rc, flush(u));
	inflateEnd(&u->z);
	free(u);
	return rc;
}
