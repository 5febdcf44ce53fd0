/* Whether a tar archive is whole, whatever is in it. */
/* SPDX-License-Identifier: MIT */
#include <sys/types.h>

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/io.h"
#include "base/num.h"
#include "tar/check.h"

#define BLOCK 512
#define PAX_MAX (1 << 20) /* bytes of records that are looked at */

/* Where things stand in a header block. */
enum { SIZE = 124, SUM = 148, TYPE = 156, SPARSE_MORE = 482, MORE = 504 };

struct reader {
	int fd;
	char *data; /* IO_SIZE bytes */
	size_t at, len;
	uint64_t bytes; /* read so far */
	int error; /* errno of reading */
};

/* The next block, until the next call; NULL at the end, whole or not. */
static const char *
next(struct reader *r, bool *cut)
{
	ssize_t n;

	*cut = false;
	if (r->at == r->len) {
		n = io_read_full(r->fd, r->data, IO_SIZE);
		if (n == -1)
			r->error = errno;
		r->at = 0;
		r->len = n > 0 ? (size_t)n : 0;
		r->bytes += r->len;
	}
	if (r->len - r->at < BLOCK) {
		*cut = r->len > r->at || r->error != 0;
		return NULL;
	}
	r->at += BLOCK;
	return r->data + r->at - BLOCK;
}

static bool
is_zero(const char *b)
{
	return b[0] == '\0' && memcmp(b, b + 1, BLOCK - 1) == 0;
}

/* A number of n bytes: octal digits, or binary with the first bit set. */
static bool
number(const char *p, size_t n, uint64_t *v)
{
	size_t i = 0;

	*v = 0;
	if (((unsigned char)*p & 0x80) != 0) {
		*v = (unsigned char)*p & 0x3f;
		for (i = 1; i < n; i++) {
			if (*v >> 55 != 0)
				return false;
			*v = *v << 8 | (unsigned char)p[i];
		}
		return ((unsigned char)*p & 0x40) == 0;
	}
	while (i < n && p[i] == ' ')
		i++;
	for (; i < n && p[i] >= '0' && p[i] <= '7'; i++)
		*v = *v << 3 | (uint64_t)(p[i] - '0');
	return i == n || p[i] == ' ' || p[i] == '\0';
}

/* The checksum counts itself as blanks; old programs summed signed bytes. */
static bool
sum_holds(const char *b)
{
	int64_t plain = 0, is_signed = 0;
	uint64_t want;
	size_t i;

	for (i = 0; i < BLOCK; i++) {
		char c = i >= SUM && i < SUM + 8 ? ' ' : b[i];

		plain += (unsigned char)c;
		is_signed += (signed char)c;
	}
	return number(b + SUM, 8, &want) &&
	    ((int64_t)want == plain || (int64_t)want == is_signed);
}

/*
 * Finds the record "LENGTH size=N\n" among pax records.  Returns false if
 * they are no records.
 */
static bool
pax_size(const char *p, size_t n, uint64_t *size, bool *has)
{
	uint64_t len;
	char *value;
	int64_t v;
	size_t d;

	for (; n > 0; p += len, n -= len) {
		d = strspn(p, "0123456789");
		if (d == 0 || d > 9 || p[d] != ' ')
			return false;
		len = strtoul(p, NULL, 10);
		if (len < d + 3 || len > n || p[len - 1] != '\n')
			return false;
		if (len < d + 8 || memcmp(p + d + 1, "size=", 5) != 0)
			continue;
		value = xstrndup(p + d + 6, len - d - 7);
		*has = num_parse(value, 0, INT64_MAX, &v) == 0;
		free(value);
		if (!*has)
			return false;
		*size = (uint64_t)v;
	}
	return true;
}

/* Passes over size bytes, keeping the first PAX_MAX of them if asked to. */
static const char *
pass(struct reader *r, uint64_t size, struct buf *keep)
{
	const char *b;
	size_t n;
	bool cut;

	for (; size > 0; size -= n) {
		b = next(r, &cut);
		if (b == NULL)
			return "ends within a member";
		n = size < BLOCK ? (size_t)size : BLOCK;
		if (keep != NULL && keep->len < PAX_MAX)
			buf_add(keep, b, n);
	}
	return NULL;
}

/* The map of an old GNU sparse file goes on in blocks of its own. */
static const char *
sparse_map(struct reader *r, bool more)
{
	const char *b;
	bool cut;

	for (; more; more = b[MORE] != '\0') {
		b = next(r, &cut);
		if (b == NULL)
			return "ends within a header";
	}
	return NULL;
}

/* One member; b is its header. */
static const char *
member(struct reader *r, const char *b, uint64_t *pax, bool *has_pax)
{
	struct buf records = {NULL, 0, 0};
	char type = b[TYPE];
	const char *wrong;
	uint64_t size;

	if (!sum_holds(b))
		return "a header's checksum does not hold";
	if (!number(b + SIZE, 12, &size))
		return "a header without a size";
	if (type == 'x') {
		wrong = pass(r, size, &records);
		if (wrong == NULL && size <= PAX_MAX &&
		    !pax_size(buf_str(&records), records.len, pax, has_pax))
			wrong = "a header's pax records make no sense";
		buf_free(&records);
		return wrong;
	}
	if (type == 'g' || type == 'L' || type == 'K')
		return pass(r, size, NULL);
	if (*has_pax)
		size = *pax;
	*has_pax = false;
	if (type >= '1' && type <= '6')
		size = 0; /* whatever it says: no data follows */
	wrong = type == 'S' ? sparse_map(r, b[SPARSE_MORE] != '\0') : NULL;
	return wrong != NULL ? wrong : pass(r, size, NULL);
}

static const char *
check(struct reader *r)
{
	const char *b, *wrong = NULL;
	bool cut, has_pax = false;
	uint64_t pax = 0;

	while ((b = next(r, &cut)) != NULL && !is_zero(b)) {
		wrong = member(r, b, &pax, &has_pax);
		if (wrong != NULL)
			return wrong;
	}
	if (b == NULL || (b = next(r, &cut)) == NULL)
		return "ends without its two blocks of zeros";
	for (; b != NULL; b = next(r, &cut))
		if (!is_zero(b))
			return "more behind its end";
	return cut ? "ends within a block" : NULL;
}

const char *
tar_check(int fd)
{
	uint64_t bytes;

	return tar_check_counted(fd, &bytes);
}

const char *
tar_check_counted(int fd, uint64_t *bytes)
{
	struct reader r = {.fd = fd, .data = xmalloc(IO_SIZE)};
	const char *wrong = check(&r);

	free(r.data);
	*bytes = r.bytes;
	errno = r.error;
	return wrong;
}
