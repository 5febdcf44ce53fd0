/* Reads TOML, the language of the manifests. */
/* SPDX-License-Identifier: MIT */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"
#include "git/toml.h"

#define DEPTH_MAX 32 /* of values in values, and of dots in a key */

/* What is being read: p never passes end, where a NUL stands. */
struct toml {
	const char *p, *end;
	size_t line;
	const char *error; /* the first one, or NULL */
	unsigned int depth;
	struct buf text; /* the last string or key */
};

static int
fail(struct toml *t, const char *error)
{
	if (t->error == NULL)
		t->error = error;
	return -1;
}

static bool
skip(struct toml *t, const char *token)
{
	size_t n = strlen(token);

	if ((size_t)(t->end - t->p) < n || memcmp(t->p, token, n) != 0)
		return false;
	t->p += n;
	return true;
}

static void
blanks(struct toml *t)
{
	t->p += strspn(t->p, " \t");
}

static bool
line_end(struct toml *t)
{
	if (!skip(t, "\n") && !skip(t, "\r\n"))
		return false;
	t->line++;
	return true;
}

/* Blanks and a comment, if there is one. */
static int
comment(struct toml *t)
{
	blanks(t);
	if (*t->p != '#')
		return 0;
	for (; t->p < t->end && *t->p != '\n'; t->p++) {
		if (*t->p == '\r' && t->p[1] == '\n')
			break;
		if (((unsigned char)*t->p < ' ' && *t->p != '\t') ||
		    *t->p == 0x7f)
			return fail(t, "control character");
	}
	return 0;
}

/* Blanks, comments and line ends, where they mean nothing. */
static int
space(struct toml *t)
{
	do {
		if (comment(t) == -1)
			return -1;
	} while (line_end(t));
	return 0;
}

/* The n hexadecimal digits of a \u or \U, as UTF-8. */
static int
unicode(struct toml *t, int n)
{
	static const char digits[] = "0123456789abcdef";
	uint32_t c = 0;
	const char *d;
	char low;

	for (; n > 0; n--) {
		low =
		    *t->p >= 'A' && *t->p <= 'F' ? (char)(*t->p | 0x20) : *t->p;
		d = low != '\0' ? strchr(digits, low) : NULL;
		if (d == NULL)
			return fail(t, "not a Unicode escape");
		c = c << 4 | (uint32_t)(d - digits);
		t->p++;
	}
	if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return fail(t, "not a Unicode character");
	if (c < 0x80) {
		buf_putc(&t->text, (char)c);
		return 0;
	}
	if (c >= 0x10000) {
		buf_putc(&t->text, (char)(0xf0 | c >> 18));
		buf_putc(&t->text, (char)(0x80 | (c >> 12 & 0x3f)));
	} else if (c >= 0x800) {
		buf_putc(&t->text, (char)(0xe0 | c >> 12));
	}
	if (c >= 0x800)
		buf_putc(&t->text, (char)(0x80 | (c >> 6 & 0x3f)));
	else
		buf_putc(&t->text, (char)(0xc0 | c >> 6));
	buf_putc(&t->text, (char)(0x80 | (c & 0x3f)));
	return 0;
}

/* What stands behind a backslash. */
static int
escape(struct toml *t, bool lines)
{
	static const char letters[] = "bfnrt\"\\", raw[] = "\b\f\n\r\t\"\\";
	const char *l, *back = t->p;

	if (skip(t, "u"))
		return unicode(t, 4);
	if (skip(t, "U"))
		return unicode(t, 8);
	l = *t->p != '\0' ? strchr(letters, *t->p) : NULL;
	if (l != NULL) {
		buf_putc(&t->text, raw[l - letters]);
		t->p++;
		return 0;
	}
	/* At the end of a line: it and all white space behind it vanish. */
	blanks(t);
	if (!lines || !line_end(t)) {
		t->p = back;
		return fail(t, "unknown escape");
	}
	do {
		blanks(t);
	} while (line_end(t));
	return 0;
}

/* The string behind its opening quote, into t->text. */
static int
string(struct toml *t, char quote)
{
	const char three[] = {quote, quote, quote, '\0'};
	bool lines = strncmp(t->p, three, 2) == 0;
	const char one[] = {quote, '\0'};

	buf_reset(&t->text);
	if (lines) {
		t->p += 2;
		(void)line_end(t); /* one right behind the quotes is none */
	}
	while (!skip(t, lines ? three : one)) {
		if (lines && line_end(t)) {
			buf_putc(&t->text, '\n');
		} else if (quote == '"' && skip(t, "\\")) {
			if (escape(t, lines) == -1)
				return -1;
		} else if (t->p == t->end || *t->p == '\n') {
			return fail(t, "string without an end");
		} else if (((unsigned char)*t->p < ' ' && *t->p != '\t') ||
		    *t->p == 0x7f) {
			return fail(t, "control character");
		} else {
			buf_putc(&t->text, *t->p++);
		}
	}
	/* Up to two quotes may stand right before the closing three. */
	while (lines && *t->p == quote && t->p[-1] == quote) {
		if (t->p[0] == quote && t->p[1] == quote && t->p[2] == quote)
			return fail(t, "quotes behind a string");
		buf_putc(&t->text, quote);
		t->p++;
	}
	return 0;
}

/* One part of a key, into t->text. */
static int
simple_key(struct toml *t)
{
	static const char bare[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
	size_t n;

	if (skip(t, "'"))
		n = string(t, '\'') == 0;
	else if (skip(t, "\""))
		n = string(t, '"') == 0;
	else {
		n = strspn(t->p, bare);
		buf_reset(&t->text);
		buf_add(&t->text, t->p, n);
		t->p += n;
	}
	if (n == 0 || strlen(buf_str(&t->text)) != t->text.len)
		return fail(t, "no key");
	return 0;
}

static json_object *value(struct toml *t);

/* Adds v, which it then owns, as the key t->text, which must be new. */
static int
put(struct toml *t, json_object *table, json_object *v)
{
	const char *key = buf_str(&t->text);

	if (json_object_object_get_ex(table, key, NULL)) {
		json_object_put(v);
		return fail(t, "key given twice");
	}
	if (json_object_object_add(table, key, v) == 0)
		return 0;
	json_object_put(v);
	return fail(t, "memory");
}

/*
 * Reads a dotted key; its last part is left in t->text.  Returns the table
 * which that belongs to, made if it is not there; of an array of tables the
 * last one.  NULL after an error.
 */
static json_object *
key_table(struct toml *t, json_object *table)
{
	json_object *next;
	unsigned int n;

	for (n = 0; simple_key(t) == 0; n++) {
		blanks(t);
		if (!skip(t, "."))
			return table;
		blanks(t);
		if (!json_object_object_get_ex(
			table, buf_str(&t->text), &next)) {
			next = json_object_new_object();
			if (put(t, table, next) == -1)
				return NULL;
		}
		if (json_object_is_type(next, json_type_array))
			next = json_object_array_get_idx(
			    next, json_object_array_length(next) - 1);
		if (!json_object_is_type(next, json_type_object) ||
		    n == DEPTH_MAX) {
			fail(t, "key of no table");
			return NULL;
		}
		table = next;
	}
	return NULL;
}

/* KEY = VALUE, into table. */
static int
pair(struct toml *t, json_object *table)
{
	struct buf key = {NULL, 0, 0};
	json_object *v;
	int rc = -1;

	table = key_table(t, table);
	if (table == NULL)
		return -1;
	if (!skip(t, "="))
		return fail(t, "no = behind a key");
	buf_puts(&key, buf_str(&t->text));
	blanks(t);
	v = value(t);
	if (t->error == NULL) {
		buf_reset(&t->text);
		buf_puts(&t->text, buf_str(&key));
		rc = put(t, table, v);
	} else {
		json_object_put(v);
	}
	buf_free(&key);
	return rc;
}

/* An array behind its bracket. */
static json_object *
array(struct toml *t)
{
	json_object *a = json_object_new_array(), *v;

	while (space(t) == 0 && !skip(t, "]")) {
		v = value(t);
		if (json_object_array_add(a, v) == -1) {
			json_object_put(v);
			fail(t, "memory");
		}
		if (t->error != NULL || space(t) == -1)
			break;
		if (*t->p != ',' && *t->p != ']')
			fail(t, "array without an end");
		(void)skip(t, ",");
	}
	return a;
}

/* A table behind its brace, all on one line. */
static json_object *
inline_table(struct toml *t)
{
	json_object *table = json_object_new_object();

	blanks(t);
	if (skip(t, "}"))
		return table;
	while (pair(t, table) == 0) {
		blanks(t);
		if (skip(t, "}"))
			return table;
		if (!skip(t, ","))
			fail(t, "table without an end");
		blanks(t);
	}
	return table;
}

/* A number or a date, of which only the characters are looked at. */
static void
other(struct toml *t)
{
	static const char set[] = "0123456789abcdefinotxABCDEFTZz+-._:";
	size_t n = strspn(t->p, set);

	if (n == 10 && t->p[4] == '-' && t->p[10] == ' ')
		n += 1 + strspn(t->p + n + 1, set);
	if (n == 0)
		fail(t, "no value");
	t->p += n;
}

/* One value.  NULL is null, or an error. */
static json_object *
value(struct toml *t)
{
	json_object *v = NULL;

	if (t->depth == DEPTH_MAX) {
		fail(t, "too many values in values");
		return NULL;
	}
	t->depth++;
	if (*t->p == '\'' || *t->p == '"') {
		if (string(t, *t->p++) == 0)
			v = json_object_new_string_len(
			    buf_str(&t->text), (int)t->text.len);
	} else if (skip(t, "true")) {
		v = json_object_new_boolean(1);
	} else if (skip(t, "false")) {
		v = json_object_new_boolean(0);
	} else if (skip(t, "[")) {
		v = array(t);
	} else if (skip(t, "{")) {
		v = inline_table(t);
	} else {
		other(t);
	}
	t->depth--;
	return v;
}

/*
 * [TABLE] or [[TABLE]] behind the first bracket.  Returns the table that the
 * following keys belong to.
 */
static json_object *
header(struct toml *t, json_object *root)
{
	bool many = skip(t, "[");
	json_object *in, *table = NULL, *a = NULL;

	blanks(t);
	in = key_table(t, root);
	if (in == NULL)
		return NULL;
	if (json_object_object_get_ex(in, buf_str(&t->text), &a)) {
		if (!many)
			table = a; /* made by a longer key before it */
	} else {
		a = many ? json_object_new_array() : json_object_new_object();
		if (put(t, in, a) == -1)
			return NULL;
		table = many ? NULL : a;
	}
	if (many && json_object_is_type(a, json_type_array)) {
		table = json_object_new_object();
		json_object_array_add(a, table);
	}
	if (!json_object_is_type(table, json_type_object))
		fail(t, "not the name of a table");
	else if (!skip(t, many ? "]]" : "]"))
		fail(t, "table's name without an end");
	return t->error == NULL ? table : NULL;
}

static int
document(struct toml *t, json_object *root)
{
	json_object *table = root;

	while (space(t) == 0 && t->p < t->end) {
		if (skip(t, "["))
			table = header(t, root);
		else if (pair(t, table) == -1)
			return -1;
		if (table == NULL || comment(t) == -1)
			return -1;
		if (!line_end(t) && t->p < t->end)
			return fail(t, "more on the line than its value");
	}
	return t->error == NULL ? 0 : -1;
}

/* Is all of it text?  Otherwise t->p and t->line tell where it is not. */
static bool
is_text(struct toml *t)
{
	size_t len;

	for (; t->p < t->end; t->p += len) {
		len = text_utf8(t->p, (size_t)(t->end - t->p));
		if (len == 0 || *t->p == '\0')
			return false;
		t->line += *t->p == '\n';
	}
	return true;
}

json_object *
toml_read(const char *text, size_t n, struct buf *why)
{
	struct buf copy = {NULL, 0, 0};
	struct toml t = {.line = 1};
	json_object *root = NULL;

	buf_add(&copy, text, n);
	t.p = buf_str(&copy);
	t.end = t.p + copy.len;
	if (!is_text(&t)) {
		fail(&t, "not UTF-8 text");
	} else {
		t.p = buf_str(&copy);
		t.line = 1;
		root = json_object_new_object();
		if (document(&t, root) == -1) {
			json_object_put(root);
			root = NULL;
		}
	}
	if (root == NULL)
		buf_printf(why, "line %zu: %s", t.line, t.error);
	buf_free(&t.text);
	buf_free(&copy);
	return root;
}
