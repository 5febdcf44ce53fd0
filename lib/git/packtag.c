/* What a tag in a pack leads to. */
/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "git/packtag.h"

#define SIZE_MAX_ (1 << 20) /* bytes of a tag, or of what it differs from */
#define DEPTH_MAX 64 /* differences to differences; git makes 50 */
#define HEAD_MAX 64 /* bytes before an object's data */

enum { COMMIT = 1, TAG = 4, BY_OFFSET = 6, BY_ID = 7 };

/*
 * An object in a pack is
 *
 *	its type and size: 1 bit "more", 3 bits type, 4 bits size; then bytes
 *	of 1 bit "more" and 7 bits size, the lowest bits first
 *	if it is a difference to another object (6): how far before it that
 *	one starts, bytes of 1 bit "more" and 7 bits, the highest bits first,
 *	each but the last counting one more; or (7) that one's id
 *	its data, deflated
 */
struct entry {
	int type;
	uint64_t size, data, base; /* base: where the other one starts */
};

/* Reads what stands before the data. */
static bool
read_entry(const struct packidx *x, int pack, uint64_t offset, struct entry *e)
{
	unsigned char b[HEAD_MAX];
	unsigned int i = 1, shift = 4;
	uint64_t back;
	uint32_t at;

	/* Behind every object there is the pack's sum, but of 20 bytes only. */
	memset(b, 0, sizeof(b));
	if (!packidx_read(pack, b, PACK_SUM, offset))
		return false;
	packidx_read(pack, b, sizeof(b), offset);
	e->type = b[0] >> 4 & 7;
	e->size = b[0] & 15;
	e->base = 0;
	for (; b[i - 1] & 0x80; shift += 7) {
		if (shift > 50)
			return false;
		e->size |= (uint64_t)(b[i++] & 0x7f) << shift;
	}
	if (e->type == BY_OFFSET) {
		back = b[i] & 0x7f;
		while (b[i++] & 0x80) {
			if (back > (UINT64_C(1) << 50))
				return false;
			back = (back + 1) << 7 | (b[i] & 0x7f);
		}
		if (back == 0 || back > offset)
			return false;
		e->base = offset - back;
	} else if (e->type == BY_ID) {
		if (!packidx_find(x, b + i, &at) ||
		    !packidx_offset(x, at, &e->base))
			return false;
		i += PACK_SUM;
	}
	e->data = offset + i;
	return true;
}

/* Appends the size bytes of data that start, deflated, at offset. */
static bool
inflate_at(int pack, uint64_t offset, uint64_t size, struct buf *out)
{
	unsigned char in[4096];
	z_stream z = {.next_in = in};
	size_t n = sizeof(in);
	int rc = Z_OK;

	if (size > SIZE_MAX_ || inflateInit(&z) != Z_OK)
		return false;
	buf_reserve(out, (size_t)size + 1);
	z.next_out = (unsigned char *)out->data + out->len;
	z.avail_out = (unsigned int)size + 1;
	while (rc == Z_OK && z.avail_out > 0) {
		/* Its last bytes may be nearer to the end of the pack. */
		while (n > 0 && !packidx_read(pack, in, n, offset))
			n /= 2;
		if (n == 0)
			break;
		z.next_in = in;
		z.avail_in = (unsigned int)n;
		offset += n;
		rc = inflate(&z, Z_NO_FLUSH);
	}
	inflateEnd(&z);
	if (rc != Z_STREAM_END || z.total_out != size)
		return false;
	out->len += (size_t)size;
	out->data[out->len] = '\0';
	return true;
}

/* A number of a difference: 1 bit "more" and 7 bits, the lowest first. */
static bool
read_size(const unsigned char **p, const unsigned char *end, uint64_t *size)
{
	unsigned int shift = 0;
	unsigned char c;

	*size = 0;
	do {
		if (*p == end || shift > 50)
			return false;
		c = *(*p)++;
		*size |= (uint64_t)(c & 0x7f) << shift;
		shift += 7;
	} while (c & 0x80);
	return true;
}

/* The little-endian number of those of n bytes that the bits in set name. */
static bool
read_parts(const unsigned char **p, const unsigned char *end, unsigned int set,
    unsigned int n, size_t *number)
{
	unsigned int i;

	*number = 0;
	for (i = 0; i < n; i++) {
		if ((set >> i & 1) == 0)
			continue;
		if (*p == end)
			return false;
		*number |= (size_t) * (*p)++ << 8 * i;
	}
	return true;
}

/*
 * Makes an object of another one and its difference: the sizes of both, then
 * copies from the other (1 bit 1, which bytes of offset and size follow) and
 * new bytes (1 bit 0, 7 bits of how many).
 */
static bool
apply(const struct buf *base, const struct buf *delta, struct buf *out)
{
	const unsigned char *p = (const unsigned char *)buf_str(delta);
	const unsigned char *end = p + delta->len;
	uint64_t from, to;
	size_t at, n;
	unsigned int c;

	if (!read_size(&p, end, &from) || !read_size(&p, end, &to) ||
	    from != base->len || to > SIZE_MAX_)
		return false;
	while (p < end) {
		c = *p++;
		if (c & 0x80) {
			if (!read_parts(&p, end, c, 4, &at) ||
			    !read_parts(&p, end, c >> 4 & 7, 3, &n))
				return false;
			if (n == 0)
				n = 0x10000;
			if (at > base->len || n > base->len - at)
				return false;
			buf_add(out, base->data + at, n);
		} else {
			n = c;
			if (n == 0 || n > (size_t)(end - p))
				return false;
			buf_add(out, p, n);
			p += n;
		}
		if (out->len > to)
			return false;
	}
	return out->len == to;
}

/* The whole object: the last of the entries, then each difference to it. */
static bool
build(int pack, const struct entry *e, unsigned int n, struct buf *out)
{
	struct buf base = {NULL, 0, 0}, delta = {NULL, 0, 0};
	bool good = inflate_at(pack, e[n - 1].data, e[n - 1].size, out);

	while (good && --n > 0) {
		buf_free(&base);
		base = *out;
		*out = (struct buf){NULL, 0, 0};
		buf_reset(&delta);
		good = inflate_at(pack, e[n - 1].data, e[n - 1].size, &delta) &&
		    apply(&base, &delta, out);
	}
	buf_free(&base);
	buf_free(&delta);
	return good;
}

enum packtag
packtag_read(const struct packidx *x, int pack, uint64_t offset,
    unsigned char target[PACK_SUM])
{
	static const char first[] = "object ";
	struct entry e[DEPTH_MAX];
	struct buf text = {NULL, 0, 0};
	unsigned int n = 0;
	bool good;

	do {
		if (n == DEPTH_MAX || !read_entry(x, pack, offset, &e[n]))
			return PACKTAG_BAD;
		offset = e[n++].base;
	} while (e[n - 1].type >= BY_OFFSET);
	if (e[n - 1].type != TAG)
		return e[n - 1].type >= COMMIT && e[n - 1].type < TAG
		    ? PACKTAG_OTHER
		    : PACKTAG_BAD;
	good = build(pack, e, n, &text) &&
	    strncmp(buf_str(&text), first, strlen(first)) == 0 &&
	    text.len > strlen(first) + 2 * PACK_SUM &&
	    packidx_oid(text.data + strlen(first), target) &&
	    text.data[strlen(first) + 2 * PACK_SUM] == '\n';
	buf_free(&text);
	return good ? PACKTAG_TAG : PACKTAG_BAD;
}
