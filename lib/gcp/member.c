/* Members of JSON that came over the network: strict in their types. */
/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/num.h"
#include "gcp/member.h"

static json_object *
find(json_object *o, const char *key)
{
	json_object *v;

	if (!json_object_is_type(o, json_type_object) ||
	    !json_object_object_get_ex(o, key, &v))
		return NULL;
	return v;
}

bool
member_has(json_object *o, const char *key)
{
	return find(o, key) != NULL;
}

json_object *
member_object(json_object *o, const char *key)
{
	json_object *v = find(o, key);

	return json_object_is_type(v, json_type_object) ? v : NULL;
}

const char *
member_string(json_object *o, const char *key)
{
	json_object *v = find(o, key);
	const char *s;

	if (!json_object_is_type(v, json_type_string))
		return NULL;
	s = json_object_get_string(v);
	return strlen(s) == (size_t)json_object_get_string_len(v) ? s : NULL;
}

int
member_count(json_object *o, const char *key, uint64_t *n)
{
	json_object *v = find(o, key);
	const char *s = member_string(o, key);
	int64_t i = 0;

	if (json_object_is_type(v, json_type_int)) {
		i = json_object_get_int64(v);
		if (i < 0 || i > MEMBER_COUNT_MAX)
			return -1;
	} else if (s != NULL) {
		if (num_parse(s, 0, MEMBER_COUNT_MAX, &i) == -1)
			return -1;
	} else if (v != NULL) {
		return -1;
	}
	*n = (uint64_t)i;
	return 0;
}
