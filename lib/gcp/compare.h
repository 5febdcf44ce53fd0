/* What a restore has copied, compared with what the backup had. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_COMPARE_H
#define GLB_COMPARE_H

#include <stdint.h>

#include "gcp/api.h"
#include "gcp/operation.h"
#include "gcp/transfer.h"

/* -1: not known. */
struct compare {
	int64_t objects, bytes;
};

/*
 * What t expects of a restore: what it says itself, else what the operation
 * that made the backup has counted.  Returns a status: PROG_FAILED after a
 * warning if that one still runs, has failed, made another backup, or cannot
 * be seen.
 * If it is not known any more, there is a warning and nothing to compare with.
 */
int compare_learn(struct api *a, const struct transfer *t, struct compare *c);

/*
 * Judges an operation of a restore that is a success.  Returns a status, and
 * in *why what is wrong, which the caller frees, or NULL.  No objects at all
 * are a failure unless none were expected; fewer, or other bytes, too; more
 * are PROG_PARTIAL.
 */
int compare_judge(
    const struct compare *c, const struct operation *op, char **why);

#endif
