/* A job that is ready to be run: found by its name or created, and set. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_READY_H
#define GLB_READY_H

#include "gcp/launch.h"

/*
 * Finds the job, stepping over the names that deleted ones keep, or creates
 * it, and makes it copy what we want; sets l->job, l->n and l->before.
 * Returns LAUNCH_OURS with op->name NULL: it is ready to be run, and with
 * op->name set: op is ours already.  LAUNCH_OTHER: op, another's, runs.
 * LAUNCH_AGAIN: it changes whenever we look.  LAUNCH_FAILED: warned.
 * LAUNCH_SIGNAL: a signal asked us to end.
 */
enum launch_end ready_job(struct launch *l, struct operation *op);

#endif
