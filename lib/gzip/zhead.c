/* The gzip header: what ours says, and the reading of anybody's. */
/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <string.h>

#include <zlib.h>

#include "base/prog.h"
#include "gzip/cut.h"
#include "gzip/zhead.h"

#define DEFLATE 8

/* The bits of the header's flags. */
enum {
	FHCRC = 2,
	FEXTRA = 4,
	FNAME = 8,
	FCOMMENT = 16,
	RESERVED = 32 | 64 | 128
};

#define SUBFIELD_HEAD 4 /* two letters of a name, two bytes of a length */
#define SUBFIELD_DATA 6

/*
 * A header on its way in.  The first failure stays in status and from then on
 * every byte is 0, so that only the end of a field need ask.
 */
struct reader {
	struct zin *in;
	uint32_t crc;
	int status;
};

void
zhead_make(unsigned char out[ZHEAD_SIZE], int level, bool content_defined)
{
	static const unsigned char head[ZHEAD_SIZE] = {0x1f, 0x8b, DEFLATE,
	    FEXTRA, 0, 0, 0, 0, 0, 3, SUBFIELD_HEAD + SUBFIELD_DATA, 0, 'G',
	    'L', SUBFIELD_DATA, 0, ZHEAD_VERSION, 0, CUT_MAX & 0xff,
	    CUT_MAX >> 8 & 0xff, CUT_MAX >> 16 & 0xff, CUT_MAX >> 24};

	memcpy(out, head, sizeof(head));
	/* zlib's own notes on "slowest" and "fastest". */
	out[8] = level == 9 ? 2 : level == 1 ? 4 : 0;
	out[17] = content_defined ? ZHEAD_CONTENT : 0;
}

static unsigned char
next(struct reader *r)
{
	uint64_t offset = zin_offset(r->in);
	unsigned char byte;
	int c;

	if (r->status != PROG_DONE)
		return 0;
	c = zin_byte(r->in);
	if (c == ZIN_END)
		r->status = zin_damage(offset, "%s",
		    offset == 0 ? "empty input" : "input ends in a header");
	else if (c == ZIN_FAILED)
		r->status = PROG_FAILED;
	if (c < 0)
		return 0;
	byte = (unsigned char)c;
	r->crc = (uint32_t)crc32(r->crc, &byte, 1);
	return byte;
}

static unsigned int
next16(struct reader *r)
{
	unsigned int low = next(r);

	return low | (unsigned int)next(r) << 8;
}

static void
damage(struct reader *r, uint64_t offset, const char *what)
{
	if (r->status == PROG_DONE)
		r->status = zin_damage(offset, "%s", what);
}

/* Reads n bytes of extra field; 1 if one of its subfields is ours. */
static bool
read_extra(struct reader *r, unsigned int n)
{
	unsigned char name[2], version;
	bool ours = false;
	unsigned int len;

	while (n >= SUBFIELD_HEAD && r->status == PROG_DONE) {
		name[0] = next(r);
		name[1] = next(r);
		len = next16(r);
		n -= SUBFIELD_HEAD;
		/* Whoever gets this wrong harms no data: skip what is left. */
		if (len > n)
			break;
		n -= len;
		if (memcmp(name, "GL", 2) == 0 && len == SUBFIELD_DATA) {
			version = next(r);
			ours = ours || version == ZHEAD_VERSION;
			len--;
		}
		while (len-- > 0)
			next(r);
	}
	while (n-- > 0)
		next(r);
	return ours && r->status == PROG_DONE;
}

static void
skip_string(struct reader *r)
{
	while (next(r) != '\0')
		continue;
}

static void
check_crc(struct reader *r)
{
	unsigned int have = r->crc & 0xffff;
	uint64_t offset = zin_offset(r->in);

	if (next16(r) != have)
		damage(r, offset, "wrong header checksum");
}

int
zhead_read(struct zin *in, bool *announced)
{
	struct reader r = {in, 0, PROG_DONE};
	uint64_t start = zin_offset(in);
	unsigned int flags, i;

	*announced = false;
	if (next(&r) != 0x1f || next(&r) != 0x8b)
		damage(&r, start, "not a gzip header");
	if (next(&r) != DEFLATE)
		damage(&r, start + 2, "unknown compression method");
	flags = next(&r);
	if (flags & RESERVED)
		damage(&r, start + 3, "unknown header flags");
	for (i = 0; i < 6; i++) /* time, extra flags, system */
		next(&r);
	if (flags & FEXTRA)
		*announced = read_extra(&r, next16(&r));
	if (flags & FNAME)
		skip_string(&r);
	if (flags & FCOMMENT)
		skip_string(&r);
	if (flags & FHCRC)
		check_crc(&r);
	return r.status;
}
