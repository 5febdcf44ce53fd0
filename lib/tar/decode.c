/* A header block of a tar archive of any kind, taken apart. */
/* SPDX-License-Identifier: MIT */
#include <stdbool.h>
#include <string.h>

#include "tar/decode.h"

/*
 * The fields stand where header.c says.  An old (v7) block ends behind the
 * link and has no magic.  GNU's magic is "ustar", two spaces and a NUL, and
 * where ustar has the prefix it has other things.  Numbers are octal digits
 * between spaces, ended by a space, a NUL or the end of the field.  GNU's
 * large ones begin with a byte 0x80, or 0xff if they are negative, and the
 * rest is the number in base 256.
 */
enum {
	NAME = 0,
	MODE = 100,
	UID = 108,
	GID = 116,
	SIZE = 124,
	MTIME = 136,
	SUM = 148,
	TYPE = 156,
	LINK = 157,
	MAGIC = 257,
	USER = 265,
	GROUP = 297,
	PREFIX = 345
};

int
tar_zeros(const char *p, size_t n)
{
	return n == 0 || (p[0] == 0 && memcmp(p, p + 1, n - 1) == 0);
}

static bool
base256(const unsigned char *p, size_t n, int64_t *v)
{
	unsigned char sign = p[0] == 0xff ? 0xff : 0;
	uint64_t u = 0;
	size_t i;

	/* All before the last eight bytes must only repeat the sign. */
	for (i = 1; i < n; i++) {
		if (i + 8 < n && p[i] != sign)
			return false;
		u = u << 8 | p[i];
	}
	if (n < 9 && sign != 0)
		u |= ~(uint64_t)0 << 8 * (n - 1);
	*v = (int64_t)u;
	return sign != 0 ? *v < 0 : *v >= 0;
}

/* Reads a number field; an empty one is 0. */
static bool
number(const char *field, size_t n, int64_t *v)
{
	const unsigned char *p = (const unsigned char *)field;
	uint64_t u = 0;
	size_t i = 0;

	if (p[0] == 0x80 || p[0] == 0xff)
		return base256(p, n, v);
	while (i < n && p[i] == ' ')
		i++;
	/* Twelve digits are 36 bits: no overflow. */
	for (; i < n && p[i] >= '0' && p[i] <= '7'; i++)
		u = u << 3 | (uint64_t)(p[i] - '0');
	for (; i < n; i++)
		if (p[i] != ' ' && p[i] != '\0')
			return false;
	*v = (int64_t)u;
	return true;
}

static bool
natural(const char *field, size_t n, uint64_t *u)
{
	int64_t v;

	if (!number(field, n, &v) || v < 0)
		return false;
	*u = (uint64_t)v;
	return true;
}

/* Some old programs summed signed characters. */
static bool
sum_is_right(const char *block)
{
	int64_t want, sum = 0, old = 0;
	size_t i;

	for (i = 0; i < TAR_BLOCK; i++) {
		sum += i - SUM < 8 ? ' ' : (unsigned char)block[i];
		old += i - SUM < 8 ? ' ' : (signed char)block[i];
	}
	return number(block + SUM, 8, &want) && (want == sum || want == old);
}

/* A text field of n bytes into to, which has room for n + 1. */
static size_t
text(char *to, const char *field, size_t n)
{
	n = strnlen(field, n);
	memcpy(to, field, n);
	to[n] = '\0';
	return n;
}

static void
take_name(const char *block, bool prefix, char *name)
{
	size_t n = 0;

	if (prefix && block[PREFIX] != '\0') {
		n = text(name, block + PREFIX, 155);
		name[n++] = '/';
	}
	text(name + n, block + NAME, 100);
}

const char *
tar_decode(const char *block, struct tar_fields *f)
{
	bool posix = memcmp(block + MAGIC, "ustar", 6) == 0;
	bool gnu = memcmp(block + MAGIC, "ustar  ", 8) == 0;
	uint64_t mode;

	memset(f, 0, sizeof(*f));
	if (!sum_is_right(block))
		return "a header's checksum does not hold";
	if (!posix && !gnu && !tar_zeros(block + MAGIC, 8))
		return "a tar header of an unknown kind";
	if (!natural(block + MODE, 8, &mode) ||
	    !natural(block + UID, 8, &f->uid) ||
	    !natural(block + GID, 8, &f->gid))
		return "no number where mode or owner should be";
	if (!natural(block + SIZE, 12, &f->size))
		return "no number where the size should be, or a negative one";
	if (!number(block + MTIME, 12, &f->mtime))
		return "no number where the time should be";
	f->mode = (mode_t)(mode & 07777);
	take_name(block, posix, f->name);
	text(f->link, block + LINK, 100);
	if (posix || gnu) {
		text(f->user, block + USER, 32);
		text(f->group, block + GROUP, 32);
	}
	f->type = block[TYPE];
	if (f->type == '\0' || f->type == '7')
		f->type = TAR_FILE;
	return NULL;
}
