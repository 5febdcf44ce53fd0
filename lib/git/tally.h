/* What became of all repositories: a line for each, and the run's status. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_TALLY_H
#define GLB_TALLY_H

#include <pthread.h>
#include <stdint.h>

#include "git/capture.h"

struct tally {
	pthread_mutex_t lock; /* of stdout and all below */
	uint64_t done; /* have not failed */
	int status; /* the worst so far */
};

void tally_start(struct tally *t);
void tally_end(struct tally *t);

/*
 * Writes the result to stdout as a line of JSON, counts it, and warns if it is
 * a failure.  full is what takes no more if r says so, and is told then.
 * Returns 1 if nothing more can be done, which has been told, else 0.
 */
int tally_add(struct tally *t, const char *full, const char *storage,
    const char *path, const struct capture_result *r);

/* The same for one that failed for this reason, which is made one line. */
int tally_fail(
    struct tally *t, const char *storage, const char *path, const char *why);

/* Warns about one repository: "STORAGE/PATH: why". */
void tally_complain(const char *storage, const char *path, const char *why);

#endif
