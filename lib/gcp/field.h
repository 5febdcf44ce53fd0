/* Members of a credentials file's objects, read strictly. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_FIELD_H
#define GLB_FIELD_H

#include <stdbool.h>

#include <json-c/json.h>

/* An object that is being read, with its name for warnings. */
struct field_object {
	json_object *o;
	const char *what;
	int depth;
	bool failed; /* something was wrong, and a warning said it */
};

/* Warns what is wrong with a member; of one object once only. */
void field_wrong(struct field_object *r, const char *key, const char *why);

/*
 * The member key in fresh memory, a string without control characters; NULL if
 * it is absent or empty.  Warns of what is neither.
 */
char *field_string(struct field_object *r, const char *key);

/* The same, of a member whose absence is warned of. */
char *field_needed(struct field_object *r, const char *key);

/*
 * A URL that may be asked (endpoint_url()), the one called normal if it is
 * absent.  Warns of what is none, and returns NULL.
 */
char *field_url(struct field_object *r, const char *key, const char *normal);

#endif
