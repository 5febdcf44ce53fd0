/* The records of pax extended headers. */
/* SPDX-License-Identifier: MIT */
#include <stdbool.h>
#include <string.h>

#include "tar/pax.h"

#define MALFORMED "a malformed pax record"

static const char *const keys[TAR_PAX_KEYS] = {[TAR_PAX_PATH] = "path",
    [TAR_PAX_LINK] = "linkpath",
    [TAR_PAX_USER] = "uname",
    [TAR_PAX_GROUP] = "gname",
    [TAR_PAX_SIZE] = "size",
    [TAR_PAX_UID] = "uid",
    [TAR_PAX_GID] = "gid",
    [TAR_PAX_MTIME] = "mtime"};

/* Decimal digits at *s, before end, up to INT64_MAX; at least one. */
static bool
digits(const char **s, const char *end, uint64_t *v)
{
	const char *p = *s;

	for (*v = 0; p < end && *p >= '0' && *p <= '9'; p++) {
		if (*v > (INT64_MAX - 9) / 10)
			return false;
		*v = *v * 10 + (uint64_t)(*p - '0');
	}
	if (p == *s)
		return false;
	*s = p;
	return true;
}

/* "-1.25" is 0.75 s after second -2.  Digits beyond nanoseconds are dropped. */
static bool
time_value(const char *s, const char *end, struct timespec *t)
{
	bool negative = s < end && *s == '-';
	long ns = 0, unit = 100000000;
	uint64_t sec;

	s += negative;
	if (!digits(&s, end, &sec))
		return false;
	if (s < end && *s == '.')
		for (s++; s < end && *s >= '0' && *s <= '9'; s++, unit /= 10)
			ns += (*s - '0') * unit;
	t->tv_sec = negative ? -(time_t)sec : (time_t)sec;
	t->tv_nsec = ns;
	if (negative && ns > 0) {
		t->tv_sec--;
		t->tv_nsec = 1000000000 - ns;
	}
	return s == end;
}

static const char *
take(struct tar_pax *p, enum tar_pax_key key, const char *s, size_t n)
{
	unsigned bit = 1U << key;

	p->has &= ~bit;
	p->hides |= bit;
	if (n == 0)
		return NULL;
	p->has |= bit;
	if (key < TAR_PAX_TEXTS) {
		if (memchr(s, '\0', n) != NULL)
			return "a NUL in the value of a pax record";
		buf_reset(&p->text[key]);
		buf_add(&p->text[key], s, n);
		return NULL;
	}
	if (key == TAR_PAX_MTIME)
		return time_value(s, s + n, &p->mtime) ? NULL : MALFORMED;
	if (digits(&s, s + n, &p->number[key]) && *s == '\n')
		return NULL;
	return MALFORMED;
}

/* One record's "KEY=VALUE", n bytes; a newline stands behind it. */
static const char *
record(struct tar_pax *p, const char *s, size_t n)
{
	const char *eq = memchr(s, '=', n);
	size_t len, i;

	if (eq == NULL || eq == s)
		return MALFORMED;
	len = (size_t)(eq - s);
	if (len >= 11 && memcmp(s, "GNU.sparse.", 11) == 0)
		return "a sparse file, which is not understood";
	for (i = 0; i < TAR_PAX_KEYS; i++)
		if (strlen(keys[i]) == len && memcmp(keys[i], s, len) == 0)
			return take(
			    p, (enum tar_pax_key)i, eq + 1, n - len - 1);
	return NULL;
}

const char *
tar_pax_parse(struct tar_pax *p, const char *s, size_t n)
{
	const char *end = s + n, *start, *bad;
	uint64_t len;

	for (; s < end; s = start + len) {
		start = s;
		/* The length counts its own digits, a space and a newline. */
		if (!digits(&s, end, &len) || s == end || *s++ != ' ' ||
		    len > (uint64_t)(end - start) ||
		    len <= (uint64_t)(s - start) || start[len - 1] != '\n')
			return MALFORMED;
		bad = record(p, s, (size_t)(start + len - 1 - s));
		if (bad != NULL)
			return bad;
	}
	return NULL;
}

void
tar_pax_reset(struct tar_pax *p)
{
	p->has = 0;
	p->hides = 0;
}

void
tar_pax_free(struct tar_pax *p)
{
	size_t i;

	for (i = 0; i < TAR_PAX_TEXTS; i++)
		buf_free(&p->text[i]);
}
