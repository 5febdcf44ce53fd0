/* Mappings that remember the lines of their keys. */
/* SPDX-License-Identifier: MIT */
#include "site/yamlmap.h"

/*
 * The lines are a second json-c object, from keys to numbers, that hangs on
 * the first as its user data: values could not carry them, for null is a NULL
 * pointer, and a value under an anchor belongs to many keys.
 */
static void
free_lines(struct json_object *map, void *lines)
{
	(void)map;
	json_object_put(lines);
}

struct json_object *
yamlmap_new(bool lines)
{
	struct json_object *map = json_object_new_object();

	if (lines)
		json_object_set_userdata(
		    map, json_object_new_object(), free_lines);
	return map;
}

void
yamlmap_set(struct json_object *map, const char *key, struct json_object *value,
    int line)
{
	struct json_object *lines = json_object_get_userdata(map);

	json_object_object_add(map, key, value);
	if (lines != NULL)
		json_object_object_add(lines, key, json_object_new_int(line));
}

void
yamlmap_copy(
    struct json_object *map, struct json_object *from, const struct lh_entry *e)
{
	const char *key = yamlmap_key(e);

	yamlmap_set(
	    map, key, json_object_get(lh_entry_v(e)), yamlmap_line(from, key));
}

int
yamlmap_line(struct json_object *map, const char *key)
{
	struct json_object *lines, *line;

	lines = map != NULL ? json_object_get_userdata(map) : NULL;
	if (lines == NULL || !json_object_object_get_ex(lines, key, &line))
		return 0;
	return json_object_get_int(line);
}

struct lh_entry *
yamlmap_first(struct json_object *map)
{
	return map != NULL ? lh_table_head(json_object_get_object(map)) : NULL;
}

const char *
yamlmap_key(const struct lh_entry *e)
{
	return lh_entry_k(e);
}

static size_t
length(struct json_object *map)
{
	return map != NULL ? (size_t)json_object_object_length(map) : 0;
}

/* yamlmap_merge() that may copy *left entries more. */
static struct json_object *
merge(struct json_object *base, struct json_object *over, size_t *left)
{
	size_t n = length(base) + length(over);
	struct json_object *map, *old, *v;
	const struct lh_entry *e;

	if (n > *left)
		return NULL;
	*left -= n;
	map = yamlmap_new(true);
	for (e = yamlmap_first(base); e != NULL; e = lh_entry_next(e))
		yamlmap_copy(map, base, e);
	for (e = yamlmap_first(over); e != NULL; e = lh_entry_next(e)) {
		v = json_object_get(lh_entry_v(e));
		if (json_object_object_get_ex(map, yamlmap_key(e), &old) &&
		    json_object_is_type(old, json_type_object) &&
		    json_object_is_type(v, json_type_object)) {
			json_object_put(v);
			v = merge(old, v, left);
			if (v == NULL) {
				json_object_put(map);
				return NULL;
			}
		}
		yamlmap_set(map, yamlmap_key(e), v, 0);
	}
	return map;
}

struct json_object *
yamlmap_merge(struct json_object *base, struct json_object *over, size_t max)
{
	return merge(base, over, &max);
}
