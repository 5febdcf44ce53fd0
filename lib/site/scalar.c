/* Plain YAML scalars: which of them are null, booleans and numbers. */
/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "site/yamldoc.h"

#define NUMBER_MAX 64 /* no longer text is taken for a number */

static bool
is_word(const char *s, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strcasecmp(s, *words) == 0)
			return true;
	return false;
}

/* The digits of a base other than ten, with separators anywhere. */
static bool
all_digits(const char *s, int base)
{
	static const char digits[] = "0123456789abcdef";
	bool any = false;
	const char *d;

	for (; *s != '\0'; s++) {
		if (*s == '_' || *s == ',')
			continue;
		d = strchr(digits, tolower((unsigned char)*s));
		if (d == NULL || d - digits >= base)
			return false;
		any = true;
	}
	return any;
}

/* Decimal digits, each separator followed by a digit; no leading zero. */
static bool
decimal(const char *s)
{
	if (*s < '1' || *s > '9')
		return strcmp(s, "0") == 0;
	for (; *s != '\0'; s++) {
		if (*s == '_' || *s == ',')
			s++;
		if (!isdigit((unsigned char)*s))
			return false;
	}
	return true;
}

/* The base of the integer s (without its sign), or 0; skips its prefix. */
static int
base_of(const char **s)
{
	if (decimal(*s))
		return 10;
	if (strncmp(*s, "0x", 2) == 0 && all_digits(*s + 2, 16)) {
		*s += 2;
		return 16;
	}
	if (strncmp(*s, "0b", 2) == 0 && all_digits(*s + 2, 2)) {
		*s += 2;
		return 2;
	}
	return **s == '0' && all_digits(*s + 1, 8) ? 8 : 0;
}

/* A copy of s without separators, behind the sign. */
static void
strip(struct buf *b, bool minus, const char *s)
{
	if (minus)
		buf_putc(b, '-');
	for (; *s != '\0'; s++)
		if (*s != '_' && *s != ',')
			buf_putc(b, *s);
}

/* Digits, a point, digits, an exponent with a sign; the point is a must. */
static bool
is_float(const char *s)
{
	bool any = false;

	if (isdigit((unsigned char)*s)) {
		any = true;
		s += strspn(s, "0123456789_,");
	}
	if (*s++ != '.')
		return false;
	if (isdigit((unsigned char)*s)) {
		any = true;
		s += strspn(s, "0123456789");
	}
	if ((*s == 'e' || *s == 'E') && (s[1] == '+' || s[1] == '-') &&
	    isdigit((unsigned char)s[2]))
		s += 2 + strspn(s + 2, "0123456789");
	return any && *s == '\0';
}

/* The number s, or NULL. */
static struct json_object *
number(const char *s)
{
	struct json_object *v = NULL;
	struct buf b = {NULL, 0, 0};
	bool minus = *s == '-';
	int base;
	intmax_t n;

	if (*s == '-' || *s == '+')
		s++;
	base = base_of(&s);
	if (base != 0) {
		strip(&b, minus, s);
		errno = 0;
		n = strtoimax(buf_str(&b), NULL, base);
		if (errno == 0)
			v = json_object_new_int64(n);
	} else if (is_float(s)) {
		strip(&b, minus, s);
		v = json_object_new_double(strtod(buf_str(&b), NULL));
	}
	buf_free(&b);
	return v;
}

struct json_object *
yamldoc_scalar(const char *s, size_t n)
{
	static const char *const nothing[] = {"", "~", "null", NULL};
	static const char *const yes[] = {"true", "yes", "on", NULL};
	static const char *const no[] = {"false", "no", "off", NULL};
	struct json_object *v;

	/* What holds a NUL, or is long, is none of the short words. */
	if (n <= NUMBER_MAX && strlen(s) == n) {
		if (is_word(s, nothing))
			return NULL;
		if (is_word(s, yes) || is_word(s, no))
			return json_object_new_boolean(is_word(s, yes));
		v = number(s);
		if (v != NULL)
			return v;
	}
	return json_object_new_string_len(s, (int)n);
}
