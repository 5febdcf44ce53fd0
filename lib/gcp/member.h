/* Members of JSON that came over the network: strict in their types. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_MEMBER_H
#define GLB_MEMBER_H

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

#define MEMBER_COUNT_MAX (INT64_MAX / 2)

/* In all of them o may be NULL or no object: then nothing is there. */

/* Is the member key there, and not null? */
bool member_has(json_object *o, const char *key);

/* The member key if it is an object, which o owns, else NULL. */
json_object *member_object(json_object *o, const char *key);

/* The member key if it is a string without a NUL in it, else NULL. */
const char *member_string(json_object *o, const char *key);

/*
 * Reads a number from 0 to MEMBER_COUNT_MAX, of which two can be added as
 * int64, that may be a string of digits.  Absent and null are 0.  Returns 0, or
 * -1 if it is anything else.
 */
int member_count(json_object *o, const char *key, uint64_t *n);

#endif
