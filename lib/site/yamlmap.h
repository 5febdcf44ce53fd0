/* Mappings that remember the lines of their keys. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_YAMLMAP_H
#define GLB_YAMLMAP_H

#include <json-c/json.h>

#include <stdbool.h>
#include <stddef.h>

/* A new empty mapping, a json-c object; lines: with room for lines. */
struct json_object *yamlmap_new(bool lines);

/* Sets a key and its line (0: unknown).  Takes over value. */
void yamlmap_set(struct json_object *map, const char *key,
    struct json_object *value, int line);

/* Sets what the entry e of from has, sharing the value. */
void yamlmap_copy(struct json_object *map, struct json_object *from,
    const struct lh_entry *e);

/* The line of a key; 0 if unknown, or if map is NULL. */
int yamlmap_line(struct json_object *map, const char *key);

/*
 * The first entry of a mapping, in the file's order; NULL if it is empty or
 * NULL.  Go on with lh_entry_next(), look with yamlmap_key(), lh_entry_v().
 */
struct lh_entry *yamlmap_first(struct json_object *map);

const char *yamlmap_key(const struct lh_entry *e);

/*
 * A new mapping with the keys of base, replaced or joined by those of over;
 * where both hold a mapping, the same is done with these.  Lines are those of
 * base.  Either may be NULL, which is empty.  Returns NULL (silent) if more
 * than max entries would have to be copied.
 */
struct json_object *yamlmap_merge(
    struct json_object *base, struct json_object *over, size_t max);

#endif
