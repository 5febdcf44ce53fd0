/* What transfer jobs are called. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_JOB_NAME_H
#define GLB_JOB_NAME_H

#include "gcp/location.h"

/* What tells one job of ours from all others. */
struct job_key {
	const char *instance; /* of the site; "" if it has no name */
	const char *project, *kind;
	const char *verb; /* "backup" or "restore" */
	struct location source, sink; /* without what depends on the backup */
	bool compat; /* the name that GitLab's own tool gives */
};

/*
 * The n-th name for it, n from 1 on: the names before are taken by deleted
 * jobs, for a month or so.  The caller frees it.
 *
 *	transferJobs/glb-KIND-VERB-<12 hexadecimal digits>[-N]
 *	transferJobs/KIND-VERB[-N]				compat
 *
 * The digits are of the SHA-256 of instance, project, source and sink, so that
 * two sites of one project, or two buckets, never share a job.  In KIND, what
 * the service would refuse is replaced by "-", and what is too long is cut.
 */
char *job_name(const struct job_key *key, unsigned int n);

#endif
