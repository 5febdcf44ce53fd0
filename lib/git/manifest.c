/* The manifest of one repository's backup, in TOML. */
/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "git/manifest.h"

/* The letter that TOML's basic strings use for c behind a backslash, or 0. */
static char
escape_letter(char c)
{
	static const char raw[] = "\b\f\n\r\t\"\\", letters[] = "bfnrt\"\\";
	const char *p = strchr(raw, c);

	return c != '\0' && p != NULL ? letters[p - raw] : '\0';
}

/*
 * A literal string 'x' where that is possible: it knows no escapes, so that
 * quotes and control characters need a basic string "x".
 */
static void
put_string(struct buf *out, const char *s)
{
	const char *p;

	for (p = s; *p != '\0'; p++)
		if (*p == '\'' || ((unsigned char)*p < ' ' && *p != '\t') ||
		    *p == 0x7f)
			break;
	if (*p == '\0') {
		buf_printf(out, "'%s'", s);
		return;
	}
	buf_putc(out, '"');
	for (p = s; *p != '\0'; p++)
		if (escape_letter(*p) != '\0')
			buf_printf(out, "\\%c", escape_letter(*p));
		else if ((unsigned char)*p < ' ' || *p == 0x7f)
			buf_printf(out, "\\u%04X", (unsigned int)*p);
		else
			buf_putc(out, *p);
	buf_putc(out, '"');
}

static void
put_key(struct buf *out, const char *key, const char *value)
{
	if (value == NULL)
		return;
	buf_printf(out, "%s = ", key);
	put_string(out, value);
	buf_putc(out, '\n');
}

void
manifest_write(struct buf *out, const struct manifest *m)
{
	const struct manifest_step *s;

	buf_printf(out, "empty = %s\n", m->empty ? "true" : "false");
	buf_printf(
	    out, "non_existent = %s\n", m->non_existent ? "true" : "false");
	put_key(out, "object_format", m->object_format);
	put_key(out, "head_reference", m->head_reference);
	for (s = m->steps; s < m->steps + m->n_steps; s++) {
		buf_puts(out, "\n[[steps]]\n");
		put_key(out, "bundle_path", s->bundle_path);
		put_key(out, "ref_path", s->ref_path);
		put_key(out, "previous_ref_path", s->previous_ref_path);
		put_key(out, "custom_hooks_path", s->custom_hooks_path);
	}
}
