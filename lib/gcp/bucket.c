/* One bucket as the caller sees it, before anything is copied. */
/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "gcp/bucket.h"
#include "gcp/calls.h"
#include "gcp/grant.h"
#include "gcp/member.h"
#include "gcp/pace.h"

#define TRIES 3
#define PAUSE_MS 1000

int
bucket_ask(struct api *a, enum api_service service, const char *method,
    const char *path, json_object *body, struct api_answer *ans)
{
	struct api_request r;
	int i;

	r.service = service;
	r.effect = API_LOOK;
	r.method = method;
	r.path = path;
	r.body = body;
	for (i = 1;; i++) {
		if (api_call(a, &r, ans) == -1)
			return -1;
		if (!calls_may_pass(ans) || i == TRIES)
			return 0;
		api_answer_free(ans);
		if (pace_wait(pace_jitter(i * PAUSE_MS)) == -1) {
			memset(ans, 0, sizeof(*ans));
			return -1;
		}
	}
}

/* GET of "storage/v1/b/BUCKET" and what comes behind it. */
static int
get(struct api *a, const struct location *place, const char *behind,
    struct api_answer *ans)
{
	struct buf path = {NULL, 0, 0};
	int rc;

	buf_puts(&path, "storage/v1/b/");
	api_encode(&path, place->bucket, false);
	buf_puts(&path, behind);
	rc = bucket_ask(a, API_STORAGE, "GET", buf_str(&path), NULL, ans);
	buf_free(&path);
	return rc;
}

static char *
line_of(json_object *o, const char *key)
{
	const char *s = member_string(o, key);

	return s != NULL && *s != '\0' ? text_line(s) : NULL;
}

/* Uniform access is said to be on, or objects may have ACLs. */
static bool
has_fine_acl(json_object *bucket)
{
	json_object *on,
	    *u = member_object(member_object(bucket, "iamConfiguration"),
		"uniformBucketLevelAccess");

	return u != NULL &&
	    (!json_object_object_get_ex(u, "enabled", &on) ||
		!json_object_get_boolean(on));
}

static int
look_itself(struct api *a, const struct location *place, struct bucket *b)
{
	struct api_answer ans;
	int rc = get(a, place, "?projection=noAcl", &ans);

	if (rc == 0 && ans.body != NULL) {
		b->seen = BUCKET_THERE;
		b->location = line_of(ans.body, "location");
		b->storage_class = line_of(ans.body, "storageClass");
		b->key = line_of(
		    member_object(ans.body, "encryption"), "defaultKmsKeyName");
		b->fine_acl = has_fine_acl(ans.body);
	} else if (rc == 0) {
		if (calls_says(&ans, "NOT_FOUND"))
			b->seen = BUCKET_ABSENT;
		b->why = text_line(ans.message);
	}
	api_answer_free(&ans);
	return rc;
}

static int
look_policy(struct api *a, const struct location *place, const char *agent,
    struct bucket *b)
{
	struct api_answer ans;
	json_object *v = NULL;
	int rc = get(a, place, "/iam?optionsRequestedPolicyVersion=3", &ans);

	if (rc == 0 && ans.body != NULL) {
		/* A policy without bindings has no such member. */
		b->policy =
		    !json_object_object_get_ex(ans.body, "bindings", &v) ||
		    json_object_is_type(v, json_type_array);
		if (!b->policy)
			b->policy_why = xstrdup("its policy has no list");
		else if (v != NULL)
			b->rights = grant_of(v, agent, &b->unjudged);
	} else if (rc == 0) {
		b->policy_why = text_line(ans.message);
	}
	api_answer_free(&ans);
	return rc;
}

static int
look_inside(struct api *a, const struct location *place, struct bucket *b)
{
	struct buf behind = {NULL, 0, 0};
	struct api_answer ans;
	int rc;

	buf_puts(&behind, "/o?maxResults=1&prefix=");
	api_encode(&behind, place->path, false);
	rc = get(a, place, buf_str(&behind), &ans);
	b->empty = rc == 0 && ans.body != NULL &&
	    !member_has(ans.body, "items") &&
	    !member_has(ans.body, "nextPageToken");
	api_answer_free(&ans);
	buf_free(&behind);
	return rc;
}

int
bucket_look(struct api *a, const struct location *place, const char *agent,
    struct bucket *b)
{
	if (look_itself(a, place, b) == -1)
		return -1;
	if (b->seen == BUCKET_ABSENT)
		return 0;
	if (agent != NULL && look_policy(a, place, agent, b) == -1)
		return -1;
	return look_inside(a, place, b);
}

void
bucket_free(struct bucket *b)
{
	free(b->why);
	free(b->location);
	free(b->storage_class);
	free(b->key);
	free(b->policy_why);
	list_free(&b->unjudged);
	memset(b, 0, sizeof(*b));
}
