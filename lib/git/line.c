/* The list of repositories: one JSON object a line, as gitaly-backup reads. */
/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <string.h>

#include "base/text.h"
#include "git/line.h"

/* The two-character escape of c, or NULL. */
static const char *
short_escape(char c)
{
	switch (c) {
	case '"':
		return "\\\"";
	case '\\':
		return "\\\\";
	case '\b':
		return "\\b";
	case '\f':
		return "\\f";
	case '\n':
		return "\\n";
	case '\r':
		return "\\r";
	case '\t':
		return "\\t";
	default:
		return NULL;
	}
}

#define BIT(c) (UINT64_C(1) << (c) % 64)

/* How many characters stand for themselves, at least. */
static size_t
plain(const char *s)
{
	static const uint64_t is[4] = {
	    ~(BIT(' ') - 1) & ~(BIT('"') | BIT('&') | BIT('<') | BIT('>')),
	    ~(BIT('\\') | BIT(0x7f))};
	const unsigned char *p = (const unsigned char *)s;

	while (is[*p / 64] & BIT(*p))
		p++;
	return (size_t)((const char *)p - s);
}

/*
 * Not json-c: ActiveSupport also escapes what is special in HTML and in
 * JavaScript source (<, >, &, U+2028, U+2029), and leaves "/" and all other
 * characters beyond ASCII as they are.  Returns 0, or -1 if s is not UTF-8.
 */
static int
put_string(struct buf *out, const char *s)
{
	size_t left = strlen(s), len;

	buf_putc(out, '"');
	for (; left > 0; s += len, left -= len) {
		len = plain(s);
		buf_add(out, s, len);
		s += len;
		left -= len;
		if (left == 0)
			break;
		len = text_utf8(s, left);
		if (len == 0)
			return -1;
		if (short_escape(*s) != NULL)
			buf_puts(out, short_escape(*s));
		else if (len == 1 && (*s < ' ' || strchr("<>&", *s) != NULL))
			buf_printf(out, "\\u%04x", (unsigned int)*s);
		else if (len == 3 && memcmp(s, "\xe2\x80\xa8", 3) == 0)
			buf_puts(out, "\\u2028");
		else if (len == 3 && memcmp(s, "\xe2\x80\xa9", 3) == 0)
			buf_puts(out, "\\u2029");
		else
			buf_add(out, s, len);
	}
	buf_putc(out, '"');
	return 0;
}

int
line_write(struct buf *out, const struct rows_repository *r)
{
	size_t start = out->len;
	int rc;

	buf_puts(out, "{\"storage_name\":");
	rc = put_string(out, r->storage_name);
	buf_puts(out, ",\"relative_path\":");
	rc |= put_string(out, r->relative_path);
	buf_puts(out, ",\"gl_project_path\":");
	rc |= put_string(out, r->gl_project_path);
	buf_puts(out, ",\"always_create\":");
	buf_puts(out, r->always_create ? "true}\n" : "false}\n");
	if (rc == 0)
		return 0;
	out->len = start;
	out->data[start] = '\0';
	return -1;
}
