/* Reading what the running stages say: stderr, status events, variables. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_DRAIN_H
#define GLB_DRAIN_H

#include <poll.h>

#include "proc/run.h"

#define DRAIN_WARNINGS 100 /* lines of stderr kept a job */

/*
 * Every descriptor of the plan that is open for reading, for poll(2).  The
 * caller frees the array of *n.
 */
struct pollfd *drain_pollfds(const struct plan *p, size_t *n);

/*
 * Reads what is there without blocking: whole lines of stderr go to fn as
 * RUN_LINE, status events into the stages' counts, a holder's lines into its
 * values; a holder that has them all becomes PLAN_HOLDING.
 */
void drain_job(struct plan_job *j, run_fn *fn, void *arg);

/* Closes the job's descriptors, an unfinished line having been given out. */
void drain_close(struct plan_job *j, run_fn *fn, void *arg);

#endif
