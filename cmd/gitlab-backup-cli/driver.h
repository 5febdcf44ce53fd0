/* What the driver's files share: its options, its console, its verbs. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_DRIVER_H
#define GLB_DRIVER_H

#include <stdint.h>
#include <time.h>

#include "base/buf.h"
#include "base/opt.h"
#include "proc/run.h"
#include "site/site.h"
#include "store/report.h"

struct opts {
	struct site_where where;
	struct list skip;
	const char *backup_path, *backup_id, *log_format;
	struct list storages, paths, skip_paths, only;
	int64_t jobs, repo_jobs, repo_jobs_per_storage; /* 0: not given */
	int dry_run, quiet, json, quick;
	/* The original's, for kinds that are kept in buckets. */
	const char *backup_bucket, *registry_bucket, *service_account_file;
	int wait;
};

extern const struct opt_program driver_program; /* options.c */

/*
 * Fills what no option gave from the environment names of the rake task.
 * Returns a status.
 */
int options_from_environment(struct opts *o);

/* Prints the help of one verb or (NULL) of all, in the original's words. */
void driver_help(const struct opt_program *p, const struct opt_verb *verb);

/* The verbs: each returns the exit status. */
int verb_backup(struct opts *o, char **tasks);
int verb_check(struct opts *o, char **operands);
int verb_list(struct opts *o);
int verb_show(struct opts *o, const char *id);
int verb_verify(struct opts *o, const char *id);

/*
 * The backup path: the option's, or the site's.  The caller frees it; NULL
 * after a warning.
 */
char *backup_path(const struct opts *o);

/* One run of backup, from the plan to its end. */
struct backup {
	const struct opts *opts;
	const struct site *site;
	struct list tasks; /* ids of what is backed up */
	char *path; /* the backup path */
	char *id, *partial, *work, *final;
	time_t time;
	struct plan plan; /* the jobs that make the files */
	struct plan closing; /* the report and the sums */
	struct report report;
};

/*
 * Are the operands and what --skip names tasks that some GitLab has?  Returns
 * a status, PROG_USAGE after naming a word that is none.
 */
int tasks_check(const struct opts *o, char **operands);

/*
 * Sets the tasks from the operands and from --skip; each skipped task becomes
 * a gap of the report.  Returns a status, PROG_USAGE after naming a task that
 * this site has not.
 */
int tasks_choose(struct backup *b, char **operands);

/* Fills both plans for the tasks, and the gaps that the site has. */
void plan_backup(struct backup *b);

/*
 * Adds the end of a pipeline that makes the file name of the backup; its line
 * goes to the sums.
 */
void plan_put(const struct backup *b, struct plan_job *j, const char *name);

/* Fills the closing plan: the report, then the sums of everything. */
void closing_plan(struct backup *b);

/*
 * Writes the report where the first job of the closing plan reads it, once
 * the other plan has run.  Returns a status.
 */
int closing_report(struct backup *b);

/* Prints the plans as a shell script that makes the same backup. */
void script_print(const struct backup *b);

/*
 * Adds what "glb-dbdump list --long" prints of the site to lines.  It has
 * said itself which database cannot be reached.  Returns a status.
 */
int ask_databases(const struct site *s, struct buf *lines);

/*
 * Takes the lock, makes the backup and publishes it, or leaves nothing of it.
 * Returns the exit status; does not return if a signal ended the run.
 */
int run_backup(struct backup *b);

/*
 * The console: the original's lines on stdout, warnings on stderr, live
 * progress on a terminal; or JSON objects on stderr.
 */
void console_start(const struct opts *o);
void console_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void console_success(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));
void console_warning(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));
void console_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Live progress: a job starts; take it off the terminal; draw it again. */
void progress_start(const struct plan_job *j);
void progress_erase(void);
void progress_draw(const struct plan *p);

/* A run_fn: shows what happens in the plan that arg points to. */
void console_event(void *arg, enum run_event event, const struct plan_job *j,
    const char *text);

#endif
