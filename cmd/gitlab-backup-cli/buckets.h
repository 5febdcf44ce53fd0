/* Kinds that are kept in buckets: which of them glb-gcs copies, and how. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_BUCKETS_H
#define GLB_BUCKETS_H

#include "driver.h"
#include "problems.h"

/*
 * site_read(), and then in it the registry's bucket that an option names.
 * *rc is PROG_DONE, or if this returns NULL another status after a warning:
 * PROG_USAGE if what is to be done with a bucket cannot be for its name.
 */
struct site *buckets_site(const struct opts *o, int *rc);

/*
 * Why the bucket of k, which has one, cannot be copied, in fresh memory; NULL
 * if it can.
 */
char *buckets_wrong(const struct site_kind *k);

/* The same for a backup with these options, as a whole reason for a gap. */
char *buckets_gap(const struct opts *o, const struct site_kind *k);

/* A copy of a kind's objects, between its own bucket and one of backups. */
struct bucket_copy {
	const struct site_kind *kind;
	const char *source, *sink; /* BUCKET[/PREFIX] */
	const char *id; /* of the backup */
};

/*
 * Adds the job that makes the copy ("backup") or brings it back ("restore");
 * its result is in j->out, a file in the directory work.  More arguments may
 * follow.
 */
struct plan_job *buckets_job(struct plan *p, const char *verb,
    const struct opts *o, const struct site *s, const struct bucket_copy *c,
    const char *work);

/* Add a job that prints what glb-gcs finds of a copy, or of an operation. */
void buckets_check_job(
    struct plan *p, const struct opts *o, const struct bucket_copy *c);
void buckets_status_job(
    struct plan *p, const struct opts *o, const char *operation);

/*
 * Has glb-gcs look what stands against the copy, and adds that to the
 * problems: what it cannot find out as bad as unknown says.  Returns
 * PROG_DONE, or 128 + a signal; run_catch_signals() has been called.
 */
int buckets_check(const struct opts *o, const struct bucket_copy *c,
    int unknown, struct problems *p);

/*
 * The same for an operation that was not waited for: a copy that was not made,
 * or not yet, is a failure of what.
 */
int buckets_check_operation(const struct opts *o, const char *operation,
    const char *what, struct problems *p);

/*
 * Adds to names the operation in a result of glb-gcs that goes on, and tells
 * of it.
 */
void buckets_going_on(json_object *result, struct list *names);

/* Tells how these are followed, unless there is none. */
void buckets_follow(const struct opts *o, const struct list *names);

#endif
