/* Kinds that come back from a bucket: from which one, and into which. */
/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/prog.h"
#include "base/text.h"
#include "buckets.h"
#include "console.h"
#include "gcp/location.h"
#include "restore.h"
#include "store/report.h"

/* The copy of the kind that the backup's report tells of; or NULL. */
static json_object *
told_copy(const struct restore *r, const char *kind)
{
	json_object *all = NULL, *o;
	size_t i;

	if (r->report != NULL)
		all = js_array(r->report, "object_storage");
	for (i = all != NULL ? json_object_array_length(all) : 0; i-- > 0;) {
		o = json_object_array_get_idx(all, i);
		if (strcmp(js_string(o, "kind"), kind) == 0 &&
		    strcmp(js_string(o, "verb"), "backup") == 0)
			return o;
	}
	return NULL;
}

/* The member key as a count; false if it is none. */
static bool
count_of(json_object *o, const char *key, uint64_t *n)
{
	json_object *v;

	if (!json_object_object_get_ex(o, key, &v) ||
	    !json_object_is_type(v, json_type_int) ||
	    json_object_get_int64(v) < 0)
		return false;
	*n = json_object_get_uint64(v);
	return true;
}

/*
 * The bucket of "gs://BUCKET/backups/ID/KIND/", in fresh memory; NULL unless
 * ID and KIND are those of this backup.
 */
static char *
bucket_of(const struct restore *r, const char *kind, const char *sink)
{
	struct location l, below;
	char *name, *url;

	if (!text_starts(sink, "gs://"))
		return NULL;
	name = xstrndup(
	    sink + strlen("gs://"), strcspn(sink + strlen("gs://"), "/"));
	if (location_parse(name, &l) != NULL) {
		free(name);
		return NULL;
	}
	below = location_below(&l, r->info.backup_id, kind);
	url = location_url(&below);
	if (strcmp(url, sink) != 0) {
		free(name);
		name = NULL;
	}
	free(url);
	location_free(&below);
	location_free(&l);
	return name;
}

/* What stands against it: named, and fatal to a task that was asked for. */
static void
left(struct restore *r, const struct site_kind *k, const char *why)
{
	problems_add(&r->problems, r->all ? PROG_PARTIAL : PROG_FAILED, k->id,
	    "kept in bucket %s, which is not restored: %s", k->bucket, why);
}

/* Adds the copy back from the bucket, of which the backup tells o (or NULL). */
static void
add(struct restore *r, const struct site_kind *k, json_object *o,
    const char *bucket)
{
	struct restore_bucket *b;

	r->buckets =
	    xreallocarray(r->buckets, r->n_buckets + 1, sizeof(*r->buckets));
	b = &r->buckets[r->n_buckets++];
	*b = (struct restore_bucket){.kind = k, .source = xstrdup(bucket)};
	if (o == NULL)
		return;
	b->counted = strcmp(js_string(o, "status"), "SUCCESS") == 0 &&
	    count_of(o, "objects", &b->objects) &&
	    count_of(o, "bytes", &b->bytes);
	if (!b->counted)
		b->operation = text_line(js_string(o, "operation"));
}

/* The site's bucket can be filled.  Returns whether the backup's is known. */
static bool
from_bucket(struct restore *r, const struct site_kind *k, json_object *o)
{
	const char *asked = r->opts->backup_bucket;
	char *told;

	if (o == NULL && r->report != NULL) {
		left(r, k, "the backup has no objects of it");
		return false;
	}
	if (o == NULL && asked == NULL) {
		left(r, k,
		    "--backup-bucket names the one that the backup's objects "
		    "are in");
		return false;
	}
	if (o == NULL && strchr(k->bucket, '/') != NULL) {
		left(r, k,
		    "GitLab's own tool has copied the whole bucket, not only "
		    "this kind's prefix: glb-gcs restore brings all of it "
		    "back");
		return false;
	}
	if (o == NULL) {
		add(r, k, NULL, asked);
		return true;
	}
	told = bucket_of(r, k->id, js_string(o, "sink"));
	if (told == NULL) {
		problems_add(&r->problems, PROG_DAMAGED, k->id,
		    "the report says that its objects are in %s, which is no "
		    "place of backup %s",
		    js_string(o, "sink"), r->info.backup_id);
		return false;
	}
	add(r, k, o, asked != NULL ? asked : told);
	free(told);
	return true;
}

bool
restore_bucket(struct restore *r, const struct site_kind *k, bool *comes)
{
	json_object *o = told_copy(r, k->id);
	char *wrong;

	*comes = false;
	if (k->bucket == NULL && o == NULL)
		return false;
	if (k->bucket == NULL) {
		problems_add(&r->problems, r->all ? PROG_PARTIAL : PROG_FAILED,
		    k->id,
		    "its objects are in %s, and this site keeps them on disk: "
		    "they are not restored%s",
		    js_string(o, "sink"),
		    strcmp(k->id, "registry") == 0
			? " (--registry-bucket names another place)"
			: "");
		return true;
	}
	wrong = buckets_wrong(k);
	if (wrong != NULL)
		left(r, k, wrong);
	else
		*comes = from_bucket(r, k, o);
	free(wrong);
	return true;
}

/* What is known of one copy before it is made. */
static int
look(struct restore *r, const struct restore_bucket *b)
{
	struct bucket_copy c = {
	    b->kind, b->source, b->kind->bucket, r->info.backup_id};
	char *where = xasprintf("gs://%s", b->kind->bucket);
	int rc;

	preflight_target(r, b->kind->id, where, "Google",
	    b->counted ? b->bytes : UINT64_MAX, UINT64_MAX);
	free(where);
	problems_add(&r->problems, PROG_DONE, b->kind->id,
	    "objects in bucket %s are replaced where they lie: there is no "
	    "way back for them, and so they come last",
	    b->kind->bucket);
	rc = buckets_check(r->opts, &c, PROG_DONE, &r->problems);
	if (rc == PROG_DONE && b->operation != NULL)
		rc = buckets_check_operation(
		    r->opts, b->operation, b->kind->id, &r->problems);
	return rc;
}

int
preflight_buckets(struct restore *r)
{
	int rc = PROG_DONE;
	size_t i;

	for (i = 0; i < r->n_buckets && rc == PROG_DONE; i++)
		rc = look(r, &r->buckets[i]);
	return rc;
}

void
plan_buckets(struct restore *r, struct plan *p)
{
	const struct restore_bucket *b;
	struct bucket_copy c;
	struct plan_stage *s;
	struct plan_job *j;
	size_t i;

	for (i = 0; i < r->n_buckets; i++) {
		b = &r->buckets[i];
		c = (struct bucket_copy){
		    b->kind, b->source, b->kind->bucket, r->info.backup_id};
		j = buckets_job(p, "restore", r->opts, r->site, &c, r->work);
		s = &j->stages[0];
		if (b->counted) {
			plan_arg(s, "--expect-objects=%llu",
			    (unsigned long long)b->objects);
			plan_arg(s, "--expect-bytes=%llu",
			    (unsigned long long)b->bytes);
		} else if (b->operation != NULL) {
			plan_arg(s, "--backup-operation=%s", b->operation);
		}
	}
}

static void
going_on(json_object *o, void *arg)
{
	buckets_going_on(o, arg);
}

void
restore_buckets_say(const struct restore *r)
{
	struct list names = {NULL, 0};
	char *file;
	size_t i;

	if (r->opts->wait != -1)
		return;
	console_info("Restore tasks complete! Not waiting for object storage "
		     "tasks to complete");
	for (i = 0; i < r->n_buckets; i++) {
		file = xasprintf(
		    "%s/object_storage.%s", r->work, r->buckets[i].kind->id);
		report_each_result(file, going_on, &names);
		free(file);
	}
	buckets_follow(r->opts, &names);
	list_free(&names);
}

void
restore_buckets_free(struct restore *r)
{
	size_t i;

	for (i = 0; i < r->n_buckets; i++) {
		free(r->buckets[i].source);
		free(r->buckets[i].operation);
	}
	free(r->buckets);
	r->buckets = NULL;
	r->n_buckets = 0;
}
