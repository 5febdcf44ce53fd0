/* One run of backup, from the plan to its end. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_BACKUP_H
#define GLB_BACKUP_H

#include <time.h>

#include "base/js.h"
#include "driver.h"
#include "driver_engine.h"
#include "store/report.h"

struct backup {
	const struct opts *opts;
	const struct site *site;
	struct list tasks; /* ids of what is backed up */
	char *path; /* the backup path */
	char *id, *partial, *work, *final;
	struct engine engine; /* of the repositories */
	char *base, *base_id; /* the backup that they continue; or NULL */
	time_t time;
	struct plan plan; /* the jobs that make the files */
	struct plan closing; /* the report and the sums */
	struct report report;
};

/* Fills both plans for the tasks, and the gaps that the site has. */
void plan_backup(struct backup *b);

/*
 * Chooses the engine of the repositories, and the backup that they continue,
 * and notes both in the report.  Returns a status.
 */
int choose_repositories(struct backup *b);

/* Adds the jobs of the repositories; snapshot is NULL without databases. */
void plan_repositories(struct backup *b, struct plan_job *snapshot);

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
void script_backup(const struct backup *b);

/*
 * Adds what "glb-dbdump list --long" prints of the site to lines.  It has
 * said itself which database cannot be reached.  Returns a status.
 */
int ask_databases(const struct site *s, struct buf *lines);

/*
 * Adds to out the programs that a backup needs, and its problems.  Returns
 * the status of these, or 128 + a signal.
 */
int check_backup(const struct opts *o, const struct site *s, json_object *out);

/*
 * Takes the lock, makes the backup and publishes it, or leaves nothing of it.
 * Returns the exit status; does not return if a signal ended the run.
 */
int run_backup(struct backup *b);

#endif
