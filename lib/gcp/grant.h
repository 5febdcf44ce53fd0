/* What roles of Cloud Storage grant, as far as copying needs it. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_GRANT_H
#define GLB_GRANT_H

#include <json-c/json.h>

#include "base/buf.h"

/* Rights on a bucket. */
enum grant {
	GRANT_BUCKET = 1, /* to look at the bucket itself */
	GRANT_LIST = 2,
	GRANT_READ = 4,
	GRANT_CREATE = 8,
	GRANT_DELETE = 16
};

/* A role that the service agent is to have, and what is needed of it. */
struct grant_role {
	const char *role;
	unsigned needs;
};

/* Those for a source and for a sink; each ends with a zeroed row. */
extern const struct grant_role grant_source[], grant_sink[];

/*
 * The rights that the bindings of a bucket's policy, an array, give to a
 * service account.  Its roles that cannot be judged, for they have a condition
 * or are not known here, are added to *unjudged.
 */
unsigned grant_of(
    json_object *bindings, const char *email, struct list *unjudged);

#endif
