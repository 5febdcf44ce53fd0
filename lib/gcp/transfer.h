/* One kind of objects copied from bucket to bucket, and the result judged. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_TRANSFER_H
#define GLB_TRANSFER_H

#include <stdbool.h>
#include <stdint.h>

#include "gcp/api.h"
#include "gcp/job_name.h"
#include "gcp/location.h"

/* What is to be done.  The strings belong to the caller. */
struct transfer {
	struct job_key key; /* project, kind, verb, what the job is called by */
	struct location from, to; /* what is copied, and where to */
	bool fail_if_busy; /* else another run's operation is waited for */
	bool no_wait; /* start it, and leave it to itself */
	bool cancel; /* cancel it when a signal asks us to end */
	int64_t limit; /* seconds to wait in all; 0: any time */

	/* Of a restore: */
	const char *backup_operation; /* that made the backup; or NULL */
	int64_t expect_objects, expect_bytes; /* -1: not known */
};

/*
 * Sets from and to from the key and the id of the backup.  Returns 0, or -1
 * after a warning: one is inside the other, and would be copied into itself.
 */
int transfer_place(struct transfer *t, const char *id);

/* Frees the places: of the key, from and to. */
void transfer_free(struct transfer *t);

/*
 * Does it: starts the operation or finds the one that runs already, waits for
 * it, judges it, and prints the line of the result (glb-gcs(1)).  The caller
 * has called run_catch_signals() and dies of run_signal() afterwards, if there
 * is one.  Returns a status.
 */
int transfer_run(struct api *a, const struct transfer *t);

#endif
