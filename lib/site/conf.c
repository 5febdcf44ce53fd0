/* Settings of a file, checked, with messages that name file, line and key. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/num.h"
#include "base/text.h"
#include "site/conf.h"
#include "site/yamlmap.h"

/* Appends "a.b." for the mapping c. */
static void
add_path(struct buf *b, const struct conf *c)
{
	if (c == NULL || c->key == NULL)
		return;
	add_path(b, c->up);
	text_fold(b, c->key, strlen(c->key));
	buf_putc(b, '.');
}

int
conf_fail(const struct conf *c, const char *key, const char *fmt, ...)
{
	struct buf b = {NULL, 0, 0};
	va_list ap;
	char *problem;
	int line;

	line = key != NULL ? yamlmap_line(c->map, key) : 0;
	if (line == 0)
		line = c->line;
	if (line != 0)
		buf_printf(&b, "line %d: ", line);
	if (key != NULL) {
		add_path(&b, c);
		text_fold(&b, key, strlen(key));
		buf_puts(&b, ": ");
	}
	va_start(ap, fmt);
	if (vasprintf(&problem, fmt, ap) == -1)
		problem = NULL;
	va_end(ap);
	warnx("%s: %s%s", c->file, buf_str(&b),
	    problem != NULL ? problem : "wrong");
	free(problem);
	buf_free(&b);
	return -1;
}

int
conf_root(struct conf *c, const char *file, struct json_object *doc)
{
	memset(c, 0, sizeof(*c));
	c->file = file;
	c->map = doc;
	if (doc == NULL || json_object_is_type(doc, json_type_object))
		return 0;
	c->map = NULL;
	return conf_fail(c, NULL, "must be a mapping of keys to values");
}

struct json_object *
conf_value(const struct conf *c, const char *key)
{
	struct json_object *v;

	if (c->map == NULL || !json_object_object_get_ex(c->map, key, &v))
		return NULL;
	return v;
}

int
conf_sub(const struct conf *up, const char *key, struct conf *sub)
{
	int line = yamlmap_line(up->map, key);

	sub->file = up->file;
	sub->map = conf_value(up, key);
	sub->up = up;
	sub->key = key;
	sub->line = line != 0 ? line : up->line;
	if (sub->map == NULL || json_object_is_type(sub->map, json_type_object))
		return 0;
	sub->map = NULL;
	return conf_fail(up, key, "must be a mapping of keys to values");
}

int
conf_section(const struct conf *root, const char *env, struct conf *section)
{
	struct buf b = {NULL, 0, 0};
	const struct lh_entry *e;
	int rc;

	if (root->map != NULL &&
	    json_object_object_get_ex(root->map, env, NULL))
		return conf_sub(root, env, section);
	for (e = yamlmap_first(root->map); e != NULL; e = lh_entry_next(e)) {
		if (lh_entry_v(e) != NULL &&
		    !json_object_is_type(lh_entry_v(e), json_type_object))
			continue;
		buf_puts(&b, b.len > 0 ? ", " : "");
		text_fold(&b, yamlmap_key(e), strlen(yamlmap_key(e)));
	}
	rc = conf_fail(root, env, "no such section; there %s%s",
	    b.len > 0 ? "are: " : "is none", buf_str(&b));
	buf_free(&b);
	return rc;
}

int
conf_string(const struct conf *c, const char *key, char **s)
{
	struct json_object *v = conf_value(c, key);
	const char *text;

	*s = NULL;
	if (v == NULL)
		return 0;
	if (!json_object_is_type(v, json_type_string))
		return conf_fail(c, key, "must be a string");
	text = json_object_get_string(v);
	if (strlen(text) != (size_t)json_object_get_string_len(v))
		return conf_fail(c, key, "must not contain NUL");
	if (*text != '\0')
		*s = xstrdup(text);
	return 0;
}

/* As Ruby's Float#to_s: the fewest digits that give d again. */
static char *
float_text(double d)
{
	bool plain = d == 0 || (fabs(d) >= 1e-4 && fabs(d) < 1e16);
	char *s = NULL;
	int digits;

	for (digits = 1; digits <= 20; digits++) {
		free(s);
		s = xasprintf(plain ? "%.*f" : "%.*e", digits, d);
		if (strtod(s, NULL) == d) /* exactly, on purpose */
			break;
	}
	return s;
}

int
conf_text(const struct conf *c, const char *key, char **s)
{
	struct json_object *v = conf_value(c, key);

	*s = NULL;
	switch (json_object_get_type(v)) {
	case json_type_null:
		return 0;
	case json_type_boolean:
		*s = xstrdup(json_object_get_boolean(v) ? "true" : "false");
		return 0;
	case json_type_int:
		*s = xasprintf("%" PRId64, json_object_get_int64(v));
		return 0;
	case json_type_double:
		*s = float_text(json_object_get_double(v));
		return 0;
	default:
		return conf_string(c, key, s);
	}
}

int
conf_int(
    const struct conf *c, const char *key, int64_t min, int64_t max, int64_t *n)
{
	struct json_object *v = conf_value(c, key);
	int64_t found;
	bool ok;

	if (v == NULL)
		return 0;
	if (json_object_is_type(v, json_type_int)) {
		found = json_object_get_int64(v);
		ok = found >= min && found <= max;
	} else {
		ok = json_object_is_type(v, json_type_string) &&
		    num_parse(json_object_get_string(v), min, max, &found) == 0;
	}
	if (!ok && max == INT64_MAX)
		return conf_fail(
		    c, key, "must be a number, %" PRId64 " or more", min);
	if (!ok)
		return conf_fail(c, key,
		    "must be a number from %" PRId64 " to %" PRId64, min, max);
	*n = found;
	return 0;
}

int
conf_bool(const struct conf *c, const char *key, bool *b)
{
	struct json_object *v = conf_value(c, key);

	if (v == NULL)
		return 0;
	if (!json_object_is_type(v, json_type_boolean))
		return conf_fail(c, key, "must be true or false");
	*b = json_object_get_boolean(v) != 0;
	return 0;
}
