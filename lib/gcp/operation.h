/* Transfer operations: what the service says of one, and whether it is well. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_OPERATION_H
#define GLB_OPERATION_H

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

#include "gcp/spec.h"

struct operation_count {
	uint64_t objects, bytes;
};

/* Zeroed, it is nobody's; free with operation_free(). */
struct operation {
	char *name; /* "transferOperations/..."; or NULL */
	char *job, *project; /* "" if not said */
	char *status; /* the service's word, or the number it gave; never "" */
	char *started, *ended; /* RFC 3339; NULL: not said */
	bool done;
	struct spec spec; /* what it copies */
	struct operation_count found; /* to be copied: without those skipped */
	struct operation_count skipped; /* there already, and equal */
	struct operation_count copied;
	struct operation_count failed;
	struct operation_count undeleted; /* failed to delete in the sink */
	char *error; /* the operation's own error, one line; or NULL */
	char *breakdown; /* errors by code, one line; or NULL */
	char *odd; /* what could not be understood, one line; or NULL */
};

/*
 * Reads an answer of the service, which stays the caller's, into op, which is
 * zeroed or was filled before.  Lenient in what is unknown or absent; what is
 * of another type than it must be is named in odd.  Returns 0, or -1 if there
 * is no name of an operation in it, op is then untouched.
 */
int operation_read(json_object *answer, struct operation *op);

/*
 * Why the operation, which is done, is no success: one line with everything
 * that speaks against it, which the caller frees; NULL if it is one.  What it
 * was to copy is not looked at.
 */
char *operation_wrong(const struct operation *op);

/* Is s the name of an operation, as an answer or a user gave it? */
bool operation_is_name(const char *s);

/* The objects and bytes that were in the source: found and skipped. */
struct operation_count operation_total(const struct operation *op);

void operation_free(struct operation *op);

#endif
