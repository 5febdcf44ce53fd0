/* What every user of json-c needs: reading, adding and printing members. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/io.h"
#include "base/js.h"
#include "base/text.h"

const char *
js_string(json_object *o, const char *key)
{
	json_object *v;

	if (!json_object_object_get_ex(o, key, &v) || v == NULL)
		return "";
	return json_object_get_string(v);
}

uint64_t
js_number(json_object *o, const char *key)
{
	json_object *v;

	if (!json_object_object_get_ex(o, key, &v))
		return 0;
	return json_object_get_uint64(v);
}

json_object *
js_array(json_object *o, const char *key)
{
	json_object *v;

	if (!json_object_object_get_ex(o, key, &v) ||
	    !json_object_is_type(v, json_type_array))
		return NULL;
	return v;
}

void
js_put_text(json_object *o, const char *key, const char *s)
{
	char *line;

	if (s == NULL) {
		json_object_object_add(o, key, NULL);
		return;
	}
	line = text_line(s);
	json_object_object_add(o, key, json_object_new_string(line));
	free(line);
}

void
js_put_number(json_object *o, const char *key, uint64_t n)
{
	json_object_object_add(o, key, json_object_new_uint64(n));
}

void
js_put_bool(json_object *o, const char *key, int b)
{
	json_object_object_add(o, key, json_object_new_boolean(b));
}

void
js_put_list(json_object *o, const char *key, const struct list *l)
{
	json_object *a = json_object_new_array();
	size_t i;

	for (i = 0; i < l->n; i++)
		json_object_array_add(a, json_object_new_string(l->v[i]));
	json_object_object_add(o, key, a);
}

json_object *
js_read_file(const char *path, size_t max)
{
	enum json_tokener_error error;
	int saved;
	struct buf b = {NULL, 0, 0};
	json_object *o = NULL;

	if (io_read_file(AT_FDCWD, path, &b, max) == -1) {
		saved = errno;
		if (saved != ENOENT)
			warn("%s", path);
		buf_free(&b);
		errno = saved;
		return NULL;
	}
	o = json_tokener_parse_verbose(buf_str(&b), &error);
	if (!json_object_is_type(o, json_type_object)) {
		warnx("%s: not a JSON object%s%s", path, o == NULL ? ": " : "",
		    o == NULL ? json_tokener_error_desc(error) : "");
		json_object_put(o);
		o = NULL;
	}
	buf_free(&b);
	errno = EINVAL;
	return o;
}

void
js_line(struct buf *out, json_object *o)
{
	buf_puts(out,
	    json_object_to_json_string_ext(
		o, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
}

void
js_print(FILE *f, json_object *o)
{
	struct buf b = {NULL, 0, 0};

	js_line(&b, o);
	fprintf(f, "%s\n", buf_str(&b));
	buf_free(&b);
}
