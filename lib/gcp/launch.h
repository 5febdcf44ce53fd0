/* Getting an operation that copies what is to be copied: one, and no second. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_LAUNCH_H
#define GLB_LAUNCH_H

#include <stdbool.h>

#include "gcp/api.h"
#include "gcp/operation.h"
#include "gcp/transfer.h"

/* What is known of the job; zeroed but for the first two. */
struct launch {
	struct api *api;
	const struct transfer *t;

	/* Kept by launch_try(). */
	unsigned int n; /* of the job's name */
	char *job;
	char *before; /* its newest operation before it was run */
	bool lost; /* it was run, perhaps, and the answer did not come */
	bool no_list; /* we may not list operations */
};

enum launch_end {
	LAUNCH_OURS, /* op is ours; it may be done already */
	LAUNCH_OTHER, /* op copies something else: wait for its end */
	LAUNCH_AGAIN, /* not started: try again */
	LAUNCH_FAILED, /* warned */
	LAUNCH_SIGNAL /* a signal asked us to end; warned if need be */
};

/*
 * Finds the job or creates it, makes it copy what t wants, and runs it:
 *
 *	get job, absent: create it; deleted: the next name
 *	its last operation not done: that one is ours, or another's
 *	patch job
 *	run job
 *	answer lost or "busy": look for what runs, before it is run again
 *
 * Whatever is found or started is said, with its name, at once.  An operation
 * whose spec is not known yet is taken for ours; see op->spec.said at its end.
 */
enum launch_end launch_try(struct launch *l, struct operation *op);

/* Does the operation copy what t wants? */
bool launch_is_ours(const struct launch *l, const struct operation *op);

void launch_free(struct launch *l);

#endif
