/* Running a plan: independent jobs at the same time, judged when they end. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_RUN_H
#define GLB_RUN_H

#include "proc/plan.h"

/* What plan_run() tells while it runs. */
enum run_event {
	RUN_START, /* the job starts */
	RUN_LINE, /* a stage wrote the line text to stderr */
	RUN_END, /* the job has ended; its fields tell how */
	RUN_TICK /* time for a look at the counts; job is NULL */
};

typedef void run_fn(void *arg, enum run_event event, const struct plan_job *job,
    const char *text);

/*
 * Blocks SIGINT, SIGTERM, SIGHUP and SIGCHLD, to be seen by plan_run() and
 * run_signal() only.  Call once, before anything that must not be left
 * half-done.  A signal that was ignored when we started stays ignored.
 */
void run_catch_signals(void);

/* The number of the signal that asked us to end, or 0.  Does not wait. */
int run_signal(void);

/* Ends this process by that signal, as if it had never been caught. */
_Noreturn void run_die(int sig);

/*
 * Runs the jobs of p, at most max of them at a time, in their order; holders
 * and remote jobs are not counted.  fn is told of everything.
 *
 * A stage that ends with a status other than 0 and 4, or by a signal, fails
 * its job: the job's other stages get SIGTERM, and so do all other jobs; no
 * new one is started.  What does not heed SIGTERM for ten seconds is killed.
 * In a plan that goes on, the others are left alone, and signals, too.
 * Every child has been waited for when this returns.
 *
 * Returns the worst status of all jobs, or 128 + the signal that ended the
 * run.
 */
int plan_run(struct plan *p, size_t max, run_fn *fn, void *arg);

#endif
