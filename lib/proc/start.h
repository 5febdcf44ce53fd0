/* Starting one job of a plan: its pipes and its programs. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_START_H
#define GLB_START_H

#include "proc/plan.h"

/*
 * Starts every stage of the job, left to right, with a pipe between each two
 * and one for all their stderrs; the read ends are then in the job, non
 * blocking.  Returns 0, or -1 after a warning: what was started then still
 * runs, and the job's cause names what failed.
 */
int start_job(struct plan_job *j);

/* Sends SIGTERM to every stage that runs and remembers that it was us. */
void start_kill(struct plan_job *j, int sig);

#endif
