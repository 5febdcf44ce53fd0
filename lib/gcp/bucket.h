/* One bucket as the caller sees it, before anything is copied. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_BUCKET_H
#define GLB_BUCKET_H

#include <stdbool.h>

#include "base/buf.h"
#include "gcp/api.h"
#include "gcp/location.h"

enum bucket_seen {
	BUCKET_HIDDEN, /* why says why it could not be seen */
	BUCKET_THERE,
	BUCKET_ABSENT
};

struct bucket {
	enum bucket_seen seen;
	char *why;
	char *location, *storage_class; /* one line each; NULL: not told */
	char *key; /* its default encryption key; NULL: Google's own */
	bool fine_acl; /* its objects may have ACLs of their own */
	bool empty; /* nothing lies at the place, for certain */

	bool policy; /* rights and unjudged are of the bucket's policy */
	char *policy_why; /* else why it was not read */
	unsigned rights; /* of the agent, enum grant */
	struct list unjudged; /* roles of his that may give more */
};

/*
 * Looks at the bucket of a place, at its policy for what the service agent
 * (NULL: not known) may do, and for a first object.  b is zeroed, and freed by
 * bucket_free().  Returns 0, or -1 when a signal asked us to end.  Silent.
 */
int bucket_look(struct api *a, const struct location *place, const char *agent,
    struct bucket *b);
void bucket_free(struct bucket *b);

/*
 * Sends a request that changes nothing, without a body if body is NULL, up to
 * three times while the failure may pass.  Returns what api_call() does.
 */
int bucket_ask(struct api *a, enum api_service service, const char *method,
    const char *path, json_object *body, struct api_answer *ans);

#endif
