/* Tar member headers: POSIX ustar, with pax records where it is too small. */
/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "tar/header.h"

/*
 * A ustar header is one block of text fields.  Numbers are octal digits and a
 * NUL; texts end at a NUL or at the end of their field (user and group always
 * have a NUL).  The member's name is prefix, a slash, name, or just name if
 * prefix is empty.  The sum is that of all bytes of the block, its own field
 * counting as eight spaces.
 *
 * A pax extended header is a member of type 'x' whose contents are records
 * "LENGTH KEY=VALUE\n" that overrule the fields of the member behind it;
 * LENGTH is decimal and counts the whole record, itself too.
 */
struct ustar {
	char name[100];
	char mode[8];
	char uid[8];
	char gid[8];
	char size[12];
	char mtime[12];
	char sum[8];
	char type;
	char link[100];
	char magic[6];
	char version[2];
	char user[32];
	char group[32];
	char major[8];
	char minor[8];
	char prefix[155];
	char pad[12];
};

_Static_assert(sizeof(struct ustar) == TAR_BLOCK, "ustar is one block");

/* A header on the way: its block, and the pax records it needs. */
struct encoder {
	struct ustar u;
	struct buf pax;
	bool binary; /* a record holds bytes that are not UTF-8 */
};

/* Writes v so that it ends before end.  Returns where it begins. */
static char *
decimal(char *end, uint64_t v)
{
	do
		*--end = (char)('0' + v % 10);
	while ((v /= 10) > 0);
	return end;
}

static void
record(struct buf *pax, const char *key, const char *value)
{
	size_t body = strlen(key) + strlen(value) + 3, n = body, digits, v;
	char number[24], *end = number + sizeof(number), *p;

	/* Its own digits count too: adding them may add one digit more. */
	do {
		for (digits = 0, v = n; v > 0; v /= 10)
			digits++;
		v = n;
		n = body + digits;
	} while (n != v);
	p = decimal(end, n);
	buf_add(pax, p, (size_t)(end - p));
	buf_putc(pax, ' ');
	buf_puts(pax, key);
	buf_putc(pax, '=');
	buf_puts(pax, value);
	buf_putc(pax, '\n');
}

static bool
is_utf8(const char *s)
{
	size_t n = strlen(s), k;

	for (; n > 0; s += k, n -= k) {
		k = text_utf8(s, n);
		if (k == 0)
			return false;
	}
	return true;
}

static void
text_record(struct encoder *e, const char *key, const char *value)
{
	record(&e->pax, key, value);
	if (!is_utf8(value))
		e->binary = true;
}

/* Fills a field of size bytes, of which max may be text. */
static void
put_text(
    struct encoder *e, char *field, size_t max, const char *key, const char *s)
{
	size_t n = strlen(s);

	if (n > max) {
		text_record(e, key, s);
		n = max;
	}
	memcpy(field, s, n);
}

/* Writes octal digits and a NUL into a field of size bytes. */
static void
octal(char *field, size_t size, uint64_t v)
{
	size_t i;

	field[size - 1] = '\0';
	for (i = size - 1; i > 0; v >>= 3)
		field[--i] = (char)('0' + (v & 7));
}

static void
put_number(
    struct encoder *e, char *field, size_t size, const char *key, uint64_t v)
{
	uint64_t max = ((uint64_t)1 << 3 * (size - 1)) - 1;
	char s[24];

	if (v > max) {
		snprintf(s, sizeof(s), "%" PRIu64, v);
		record(&e->pax, key, s);
		v = max;
	}
	octal(field, size, v);
}

/* The path whole in name, or cut at a slash into prefix and name, or in pax. */
static void
put_path(struct encoder *e, const char *path)
{
	struct ustar *u = &e->u;
	size_t n = strlen(path), i;

	for (i = sizeof(u->prefix); n > sizeof(u->name) && i > 0; i--) {
		if (i + 1 >= n || path[i] != '/')
			continue;
		if (n - i - 1 > sizeof(u->name))
			break;
		memcpy(u->prefix, path, i);
		memcpy(u->name, path + i + 1, n - i - 1);
		return;
	}
	put_text(e, u->name, sizeof(u->name), "path", path);
}

/* Whole seconds in ustar; with a fraction or out of its range also in pax. */
static void
put_mtime(struct encoder *e, struct timespec t)
{
	const int64_t max = ((int64_t)1 << 33) - 1;
	int64_t sec = t.tv_sec;
	long ns = t.tv_nsec;
	bool negative = sec < 0;
	char s[48], *end = s + sizeof(s) - 1, *p;

	octal(e->u.mtime, sizeof(e->u.mtime),
	    negative	    ? 0
		: sec > max ? (uint64_t)max
			    : (uint64_t)sec);
	if (ns == 0 && !negative && sec <= max)
		return;
	/* -2 s and 0.7 s are -1.3 s. */
	if (negative && ns > 0) {
		sec++;
		ns = 1000000000 - ns;
	}
	/* Nine digits, as behind the one that is taken away. */
	p = decimal(end, (uint64_t)ns + 1000000000);
	*p = '.';
	while (end[-1] == '0')
		end--;
	if (end[-1] == '.')
		end--;
	*end = '\0';
	p = decimal(p, negative ? -(uint64_t)sec : (uint64_t)sec);
	if (negative)
		*--p = '-';
	record(&e->pax, "mtime", p);
}

/* Of all bytes of the block: of eight at a time, in lanes of 16 bits. */
static uint64_t
sum_of(const struct ustar *u)
{
	const uint64_t lanes = 0x00ff00ff00ff00ff;
	uint64_t even = 0, odd = 0, v;
	size_t i;

	for (i = 0; i < sizeof(*u); i += sizeof(v)) {
		memcpy(&v, (const char *)u + i, sizeof(v));
		even += v & lanes;
		odd += v >> 8 & lanes;
	}
	/* A lane has 64 bytes of the block, two of them still fit. */
	v = even + odd;
	return (v & 0xffff) + (v >> 16 & 0xffff) + (v >> 32 & 0xffff) +
	    (v >> 48);
}

/* Adds what every header has, the sum last, and appends the block. */
static void
finish(struct ustar *u, struct buf *out)
{
	memcpy(u->magic, "ustar", 6);
	memcpy(u->version, "00", 2);
	octal(u->major, sizeof(u->major), 0);
	octal(u->minor, sizeof(u->minor), 0);
	memset(u->sum, ' ', sizeof(u->sum));
	/* Six digits, a NUL, and the last of the spaces. */
	octal(u->sum, 7, sum_of(u));
	buf_add(out, u, sizeof(*u));
}

static void
add_pax(const struct encoder *e, struct buf *out)
{
	static const char zeros[TAR_BLOCK];
	struct buf charset = {NULL, 0, 0};
	struct ustar u;
	size_t n;

	if (e->binary)
		record(&charset, "hdrcharset", "BINARY");
	n = charset.len + e->pax.len;
	memset(&u, 0, sizeof(u));
	memcpy(u.name, "././@PaxHeader", 14);
	octal(u.mode, sizeof(u.mode), 0644);
	octal(u.uid, sizeof(u.uid), 0);
	octal(u.gid, sizeof(u.gid), 0);
	octal(u.size, sizeof(u.size), n);
	octal(u.mtime, sizeof(u.mtime), 0);
	u.type = 'x';
	finish(&u, out);
	/* The character set rules only the records behind its own. */
	buf_add(out, charset.data, charset.len);
	buf_add(out, e->pax.data, e->pax.len);
	buf_add(out, zeros, (TAR_BLOCK - n % TAR_BLOCK) % TAR_BLOCK);
	buf_free(&charset);
}

void
tar_header_encode(const struct tar_member *m, struct buf *out)
{
	struct encoder e;
	struct ustar *u = &e.u;

	memset(&e, 0, sizeof(e));
	put_path(&e, m->path);
	octal(u->mode, sizeof(u->mode), m->mode & 07777);
	put_number(&e, u->uid, sizeof(u->uid), "uid", m->uid);
	put_number(&e, u->gid, sizeof(u->gid), "gid", m->gid);
	put_number(&e, u->size, sizeof(u->size), "size", m->size);
	put_mtime(&e, m->mtime);
	u->type = m->type;
	put_text(&e, u->link, sizeof(u->link), "linkpath", m->link);
	put_text(&e, u->user, sizeof(u->user) - 1, "uname", m->user);
	put_text(&e, u->group, sizeof(u->group) - 1, "gname", m->group);
	if (e.pax.len > 0)
		add_pax(&e, out);
	finish(u, out);
	buf_free(&e.pax);
}
