/* Members of a credentials file's objects, read strictly. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "gcp/endpoint.h"
#include "gcp/field.h"

void
field_wrong(struct field_object *r, const char *key, const char *why)
{
	if (!r->failed)
		warnx("%s: %s: %s", r->what, key, why);
	r->failed = true;
}

char *
field_string(struct field_object *r, const char *key)
{
	json_object *v;
	const char *s;
	size_t n, i;

	if (!json_object_object_get_ex(r->o, key, &v) || v == NULL)
		return NULL;
	if (!json_object_is_type(v, json_type_string)) {
		field_wrong(r, key, "not a string");
		return NULL;
	}
	s = json_object_get_string(v);
	n = (size_t)json_object_get_string_len(v);
	for (i = 0; i < n; i++)
		if ((unsigned char)s[i] < ' ' || s[i] == '\177') {
			field_wrong(r, key, "has control characters");
			return NULL;
		}
	return n > 0 ? xstrdup(s) : NULL;
}

char *
field_needed(struct field_object *r, const char *key)
{
	char *s = field_string(r, key);

	if (s == NULL)
		field_wrong(r, key, "missing");
	return s;
}

char *
field_url(struct field_object *r, const char *key, const char *normal)
{
	char *s = field_string(r, key), *checked;
	const char *why;

	if (s == NULL)
		return normal != NULL ? xstrdup(normal) : NULL;
	checked = endpoint_url(s, &why);
	if (checked == NULL)
		field_wrong(r, key, why);
	free(s);
	return checked;
}
