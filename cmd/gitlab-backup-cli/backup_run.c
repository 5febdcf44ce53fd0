/* Running a backup: directories, both plans, the report, publishing. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/io.h"
#include "base/prog.h"
#include "backup.h"
#include "buckets.h"
#include "console.h"
#include "store/catalog.h"
#include "store/journal.h"
#include "store/lock.h"

/* Removes what earlier runs left that were killed; we hold the lock. */
static void
remove_leftovers(const char *path)
{
	struct list left = {NULL, 0};
	size_t i;

	catalog_leftovers(path, &left);
	for (i = 0; i < left.n; i++) {
		console_warning(
		    "Removing what an unfinished backup left: %s", left.v[i]);
		if (io_remove_tree(AT_FDCWD, left.v[i]) == -1)
			warn("%s", left.v[i]);
	}
	list_free(&left);
}

/* Makes the directories that the run works in. */
static int
make_directories(const struct backup *b)
{
	if (mkdir(b->partial, 0700) == -1) {
		warn("%s", b->partial);
		return PROG_FAILED;
	}
	if (mkdir(b->work, 0700) == -1) {
		warn("%s", b->work);
		return PROG_FAILED;
	}
	return PROG_DONE;
}

/* All is durable before the name appears, and the name is made durable. */
static int
publish(const struct backup *b)
{
	mode_t mask = umask(0);

	umask(mask);
	if (io_remove_tree(AT_FDCWD, b->work) == -1) {
		warn("%s", b->work);
		return PROG_FAILED;
	}
	if (chmod(b->partial, 0777 & ~mask) == -1 ||
	    io_sync_dir(AT_FDCWD, b->partial) == -1) {
		warn("%s", b->partial);
		return PROG_FAILED;
	}
	/*
	 * Not RENAME_NOREPLACE, which NFS refuses.  Under the lock nothing is
	 * there, and a directory with something in it is never replaced.
	 */
	if (rename(b->partial, b->final) == -1 ||
	    io_sync_dir(AT_FDCWD, b->path) == -1) {
		warn("%s", b->final);
		return PROG_FAILED;
	}
	return PROG_DONE;
}

/* The first cause in the plans, for the last line of a failed run. */
static const char *
cause(const struct backup *b)
{
	const struct plan *p[] = {&b->plan, &b->closing};
	static char text[512];
	const struct plan_job *j;
	size_t i, k;

	for (k = 0; k < 2; k++)
		for (i = 0; i < p[k]->n_jobs; i++) {
			j = p[k]->jobs[i];
			if (j->cause == NULL || j->stopped)
				continue;
			snprintf(
			    text, sizeof(text), "%s: %s", j->name, j->cause);
			return text;
		}
	return run_signal() != 0 ? "interrupted" : "see above";
}

/* Runs both plans.  Returns a status, or 128 + a signal. */
static int
run_plans(struct backup *b)
{
	int rc, closing;

	rc = plan_run(&b->plan, (size_t)b->opts->jobs, console_event, &b->plan);
	if (rc != PROG_DONE && rc != PROG_PARTIAL)
		return rc;
	closing = closing_report(b);
	if (closing == PROG_DONE)
		closing = plan_run(&b->closing, 1, console_event, &b->closing);
	if (closing != PROG_DONE)
		return closing;
	return b->report.n_gaps > 0 ? PROG_PARTIAL : rc;
}

/* What a failed run leaves where nothing of ours removes it. */
static void
say_copied(const struct backup *b)
{
	size_t i;

	for (i = 0; i < b->plan.n_jobs; i++)
		if (b->plan.jobs[i]->remote && b->plan.jobs[i]->started != 0) {
			console_warning(
			    "What was copied to gs://%s/backups/%s/ "
			    "stays there, and is part of no backup",
			    b->opts->backup_bucket, b->id);
			return;
		}
}

/* From the directories to the name, with the lock held. */
static int
make_backup(struct backup *b)
{
	int rc;

	if (access(b->final, F_OK) == 0) {
		warnx("%s: a backup of this name exists", b->final);
		console_error(
		    "GitLab Backup failed: the name is taken (%s)", b->final);
		return PROG_FAILED;
	}
	remove_leftovers(b->path);
	rc = make_directories(b);
	if (rc == PROG_DONE)
		rc = run_plans(b);
	if (rc == PROG_DONE || rc == PROG_PARTIAL) {
		if (run_signal() != 0)
			rc = 128 + run_signal();
		else if (publish(b) != PROG_DONE)
			rc = PROG_FAILED;
	}
	if (rc != PROG_DONE && rc != PROG_PARTIAL) {
		say_copied(b);
		console_error(
		    "GitLab Backup failed: %s (%s)", cause(b), b->partial);
		if (io_remove_tree(AT_FDCWD, b->partial) == -1)
			warn("%s", b->partial);
	}
	return rc;
}

/* Copies that were not waited for. */
static void
say_going_on(const struct backup *b)
{
	struct list names = {NULL, 0};
	json_object *all = b->report.object_storage;
	size_t i, n = all != NULL ? json_object_array_length(all) : 0;

	if (b->opts->wait != -1)
		return;
	console_info("Backup tasks completed! Not waiting for object storage "
		     "tasks to complete");
	for (i = 0; i < n; i++)
		buckets_going_on(json_object_array_get_idx(all, i), &names);
	buckets_follow(b->opts, &names);
	list_free(&names);
}

/* Names what is not in the backup: loudly, and after all the rest. */
static void
say_gaps(const struct backup *b)
{
	size_t i;

	for (i = 0; i < b->report.n_gaps; i++)
		console_warning("Not in the backup: %s: %s",
		    b->report.gaps[i].what, b->report.gaps[i].why);
}

/* A site that is neither what it was nor what it is to be is no backup's. */
static int
whole_site(const struct backup *b)
{
	char *dir = journal_dir(b->site->backup_path);
	struct journal j;
	int rc = journal_read(dir, &j);

	if (rc == PROG_DONE && j.phase == JOURNAL_RESTORING) {
		warnx("%s: a restore of backup %s did not end: run "
		      "gitlab-backup-cli rollback, or restore again",
		    dir, j.id);
		rc = PROG_FAILED;
	}
	journal_free(&j);
	free(dir);
	return rc;
}

/* What the repositories continue, if they are to continue anything. */
static void
say_base(const struct backup *b)
{
	if (b->base_id != NULL)
		console_info("The repositories continue backup %s", b->base_id);
	else if (b->opts->incremental && b->report.engine != NULL &&
	    !b->report.server_side)
		console_info("There is no backup that the repositories could "
			     "continue: all of them are backed up in full");
}

int
run_backup(struct backup *b)
{
	int lock, rc;

	if (io_mkdirs(AT_FDCWD, b->path, 0777) == -1) {
		warn("%s", b->path);
		return PROG_FAILED;
	}
	lock = lock_take(b->path, &rc);
	if (lock == -1)
		return rc;
	rc = whole_site(b);
	if (rc == PROG_DONE) {
		console_info("Starting GitLab backup... (%s)", b->partial);
		say_base(b);
		rc = make_backup(b);
	}
	if (rc == PROG_DONE || rc == PROG_PARTIAL) {
		say_gaps(b);
		say_going_on(b);
		console_success("GitLab Backup finished: %s (%llds)", b->id,
		    (long long)(time(NULL) - b->time));
		if (rc == PROG_PARTIAL)
			console_warning("The backup is not complete: "
					"gitlab-backup-cli show %s",
			    b->final);
		printf("%s\n", b->id);
	}
	close(lock);
	if (rc > 128)
		run_die(rc - 128);
	return rc;
}
