/* What all the driver's files share: its options, its verbs, its tasks. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_DRIVER_H
#define GLB_DRIVER_H

#include <stdint.h>

#include "base/buf.h"
#include "base/opt.h"
#include "proc/plan.h"
#include "site/site.h"

struct opts {
	struct site_where where;
	struct list skip;
	const char *backup_path, *backup_id, *log_format;
	struct list storages, paths, skip_paths, only;
	int64_t jobs, repo_jobs, repo_jobs_per_storage; /* 0: not given */
	int dry_run, quiet, json, quick;
	const char *engine; /* "auto", "git" or "gitaly" */
	/* Of backup. */
	const char *base, *full_every;
	int incremental, server_side;
	/* Of restore. */
	const char *existing;
	int yes, force, no_verify, keep_replaced, allow_version_mismatch;
	const char *repository; /* of extract */
	/* The original's, for kinds that are kept in buckets. */
	const char *backup_bucket, *registry_bucket, *service_account_file;
	int wait; /* -1: no */
	int cancel_on_interrupt;
};

extern const struct opt_program driver_program; /* options.c */

/*
 * Fills what no option gave from the environment names of the rake task, and
 * the defaults that depend on the machine.  Returns a status.
 */
int options_complete(struct opts *o);

/*
 * Does the same for what a backup of repositories is asked for with, and looks
 * whether that goes together.  Returns a status.
 */
int options_repositories(struct opts *o);

/* Prints the help of one verb or (NULL) of all, in the original's words. */
void driver_help(const struct opt_program *p, const struct opt_verb *verb);

/* The verbs: each returns the exit status. */
int verb_backup(struct opts *o, char **tasks);
int verb_check(struct opts *o, char **operands);
int verb_discard(struct opts *o);
int verb_extract(struct opts *o, const char *id, const char *dir);
int verb_list(struct opts *o);
int verb_restore(struct opts *o, char **tasks_and_id);
int verb_rollback(struct opts *o);
int verb_show(struct opts *o, const char *id);
int verb_verify(struct opts *o, const char *id);

/*
 * The backup path: the option's, or the site's.  The caller frees it; NULL
 * after a warning.
 */
char *backup_path(const struct opts *o);

/*
 * Are the operands and what --skip names tasks that some GitLab has?  Returns
 * a status, PROG_USAGE after naming a word that is none.
 */
int tasks_check(const struct opts *o, char **operands);

/*
 * Adds to tasks what the operands name, and to skipped what --skip takes out
 * of that.  Returns a status, PROG_USAGE after naming a task that this site
 * has not, or if none is left.
 */
int tasks_choose(const struct opts *o, const struct site *s, char **operands,
    struct list *tasks, struct list *skipped);

/* Add to a stage the options by which a filter finds the same site again, */
void args_site(struct plan_stage *s, const struct site *site);
/* "--NAME=A,B" unless the list is empty, */
void args_list(struct plan_stage *s, const char *name, const struct list *l);
/* which repositories glb-repos is to list, */
void args_repositories(struct plan_stage *s, const struct opts *o);
/* and how many of them it is to work on at a time. */
void args_repository_jobs(struct plan_stage *s, const struct opts *o);

#endif
