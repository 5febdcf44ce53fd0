/* Text from outside made fit for one line, for UTF-8, for a shell. */
/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <string.h>

#include "base/text.h"

#define NEAREST_MAX 40 /* longer words are nobody's typing error */

size_t
text_utf8(const char *s, size_t n)
{
	const unsigned char *u = (const unsigned char *)s;
	size_t len, i;

	if (n == 0)
		return 0;
	if (u[0] < 0x80)
		return 1;
	if (u[0] < 0xc2 || u[0] > 0xf4)
		return 0;
	len = u[0] < 0xe0 ? 2 : u[0] < 0xf0 ? 3 : 4;
	if (n < len)
		return 0;
	for (i = 1; i < len; i++)
		if ((u[i] & 0xc0) != 0x80)
			return 0;
	/* Overlong forms, surrogates, and what lies above U+10FFFF. */
	if ((u[0] == 0xe0 && u[1] < 0xa0) || (u[0] == 0xed && u[1] > 0x9f) ||
	    (u[0] == 0xf0 && u[1] < 0x90) || (u[0] == 0xf4 && u[1] > 0x8f))
		return 0;
	return len;
}

/* Some terminals obey U+0080 to U+009F as they do ESC and what follows it. */
static int
is_control(const char *s, size_t len)
{
	const unsigned char *u = (const unsigned char *)s;

	return (len == 1 && iscntrl(u[0])) ||
	    (len == 2 && u[0] == 0xc2 && u[1] < 0xa0);
}

void
text_fold(struct buf *out, const char *s, size_t n)
{
	size_t start = out->len, i, len;
	int space = 0;

	for (i = 0; i < n; i += len) {
		len = text_utf8(s + i, n - i);
		if (len == 1 && isspace((unsigned char)s[i])) {
			space = 1;
			continue;
		}
		if (space && out->len > start)
			buf_putc(out, ' ');
		space = 0;
		if (len == 0 || is_control(s + i, len)) {
			len = 1;
			buf_printf(out, "\\x%02X", (unsigned char)s[i]);
		} else {
			buf_add(out, s + i, len);
		}
	}
}

char *
text_line(const char *s)
{
	struct buf b = {NULL, 0, 0};

	text_fold(&b, s, strlen(s));
	return buf_take(&b);
}

void
text_shell(struct buf *out, const char *s)
{
	static const char bare[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789_-./=,:+@%";

	if (*s != '\0' && s[strspn(s, bare)] == '\0') {
		buf_puts(out, s);
		return;
	}
	buf_putc(out, '\'');
	for (; *s != '\0'; s++)
		if (*s == '\'')
			buf_puts(out, "'\\''");
		else
			buf_putc(out, *s);
	buf_putc(out, '\'');
}

int
text_starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

int
text_ends(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n >= m && strcmp(s + n - m, suffix) == 0;
}

/* Levenshtein's distance of two words, both at most NEAREST_MAX long. */
static size_t
distance(const char *a, const char *b)
{
	size_t row[NEAREST_MAX + 1], i, j, diagonal, above, best;
	size_t m = strlen(b);

	for (j = 0; j <= m; j++)
		row[j] = j;
	for (i = 0; a[i] != '\0'; i++) {
		diagonal = row[0];
		row[0] = i + 1;
		for (j = 0; j < m; j++) {
			above = row[j + 1];
			best = diagonal + (a[i] != b[j]);
			if (above + 1 < best)
				best = above + 1;
			if (row[j] + 1 < best)
				best = row[j] + 1;
			diagonal = above;
			row[j + 1] = best;
		}
	}
	return row[m];
}

const char *
text_nearest(const char *s, const char *const *words)
{
	const char *best = NULL;
	size_t d, least = strlen(s) / 3 + 1;

	if (strlen(s) > NEAREST_MAX)
		return NULL;
	for (; *words != NULL; words++) {
		if (strlen(*words) > NEAREST_MAX)
			continue;
		d = distance(s, *words);
		if (d < least || (d == least && best == NULL)) {
			best = *words;
			least = d;
		}
	}
	return best;
}
