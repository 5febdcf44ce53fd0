/* A plan as data: jobs, their pipelines, what waits for what. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_PLAN_H
#define GLB_PLAN_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"

/*
 * An argument of a stage: text, then the value of variable var of the job
 * that this job reads variables from (NULL: none).
 */
struct plan_arg {
	char *text;
	char *var;
};

/* One program of a pipeline. */
struct plan_stage {
	struct plan_arg *args;
	size_t n_args;

	/* While it runs and after: kept by plan_run(). */
	pid_t pid; /* 0 when it does not run */
	int wait_status; /* valid once it ended */
	bool ended;
	bool killed; /* by us, after another stage had failed */
	int status_fd; /* read end of its status events, or -1 */
	struct buf events; /* an unfinished line of them */
	uint64_t bytes_in, bytes_out, items;
};

enum plan_state { PLAN_WAITING, PLAN_RUNNING, PLAN_HOLDING, PLAN_ENDED };

/*
 * One pipeline.  A holder is a job of one stage that prints "KEY<TAB>VALUE",
 * one line a variable, and then holds something until its stdin ends: jobs
 * that use it start when all its lines are there, and it is let go when the
 * last of them has ended.
 */
struct plan_job {
	char *name; /* unique, a plain word with dots: "db.main" */
	char *task; /* what people call the part it belongs to, or "" */
	char *what; /* what it does, in the words for people; or NULL */
	struct plan_stage *stages;
	size_t n_stages;
	struct plan_job *holder; /* waits for it and reads its variables */
	/* Waits for its end, or if it is a holder until it holds; or NULL. */
	struct plan_job *after;
	/*
	 * Another machine does the work and this one waits: the job takes no
	 * place of others, and when it is stopped it has something to say.
	 */
	bool remote;
	char *in; /* file that is stdin; NULL: /dev/null */
	char *out; /* file that stdout is appended to; or NULL */
	struct list vars; /* of a holder: the keys, in any order */

	/* While it runs and after: kept by plan_run(). */
	enum plan_state state;
	bool stopped; /* because of another job: last words are noise */
	int status; /* PROG_*, once it ended */
	char *cause; /* why it failed, or NULL */
	int64_t started, ended; /* seconds since the epoch; 0: never */
	struct list values; /* of a holder, in the order of vars */
	struct buf said; /* an unfinished line of a holder's stdout */
	int hold_fd, vars_fd, err_fd;
	struct buf err_line; /* an unfinished line of stderr */
	struct list warnings; /* the first lines of stderr */
	uint64_t n_warnings; /* how many there were */
};

struct plan {
	struct plan_job **jobs; /* in the order in which they are started */
	size_t n_jobs;
	bool go_on; /* no failure of a job and no signal stops the others */
};

/* Adds a job to the plan, which owns it.  Names are copied. */
struct plan_job *plan_job(struct plan *p, const char *name, const char *task);

/* Adds a stage to the job; plan_arg() fills it. */
struct plan_stage *plan_stage(struct plan_job *j, const char *program);

/* Adds an argument: a format. */
void plan_arg(struct plan_stage *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Adds an argument that ends in the value of the holder's variable var. */
void plan_arg_var(struct plan_stage *s, const char *text, const char *var);

/* Frees all jobs and makes *p empty. */
void plan_free(struct plan *p);

/*
 * Writes the jobs as commands of a POSIX shell that do the same one after
 * the other.  They call two functions that the caller's preamble defines:
 * "stage PROGRAM ARG..." runs one program and takes note of its exit status;
 * "judge JOB N" stops unless N stages ended well since the last call.
 */
void plan_print(const struct plan *p, FILE *f);

#endif
