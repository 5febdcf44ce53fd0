/* Running a restore: everything in, or everything as it was. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <stdlib.h>
#include <time.h>

#include "base/alloc.h"
#include "base/prog.h"
#include "console.h"
#include "restore.h"
#include "store/report.h"

/* The first cause in the plan, or NULL. */
static const char *
cause(const struct plan *p, const char **job)
{
	size_t i;

	for (i = 0; i < p->n_jobs; i++)
		if (p->jobs[i]->cause != NULL && !p->jobs[i]->stopped) {
			*job = p->jobs[i]->name;
			return p->jobs[i]->cause;
		}
	return NULL;
}

/* Ends what an earlier restore has begun, and begins the journal of ours. */
static int
begin(struct restore *r)
{
	struct journal old;
	int rc = journal_read(r->work, &old);

	if (rc == PROG_DONE && old.phase == JOURNAL_RESTORING) {
		console_info("Going back to the state before the restore of "
			     "backup %s, which did not end...",
		    old.id);
		rc = restore_rollback(&old, r->site, r->work);
	} else if (rc == PROG_DONE && old.phase == JOURNAL_DISCARDING) {
		rc = restore_discard(&old, r->site, r->work);
	} else if (rc == PROG_DONE) {
		rc = journal_end(r->work);
	}
	journal_free(&old);
	if (rc != PROG_DONE)
		return PROG_FAILED;
	if (run_signal() != 0)
		return 128 + run_signal();
	journal_begin(&r->journal, r->dir, r->info.backup_id);
	return journal_write(r->work, &r->journal);
}

/* How many repositories could not be restored, and what that means. */
static void
count_failed(const struct restore *r)
{
	struct report results = {0};
	char *path = xasprintf("%s/repositories.ndjson", r->work);

	results.repositories = path;
	if (list_has(&r->tasks, "repositories") &&
	    report_count(&results) == 0 && results.failed > 0)
		console_warning("%llu repositories could not be restored%s",
		    (unsigned long long)results.failed,
		    restore_in_place(r)
			? ": those that Gitaly has begun may be "
			  "in pieces until they are restored"
			: " and are as they were before");
	free(path);
}

/* What of the old state can still come back. */
static void
say_kept(const struct journal *j)
{
	const char *gone[3];
	struct buf b = {NULL, 0, 0};
	size_t i, n = 0;

	if (j->lost.n > 0)
		gone[n++] = "files and directories";
	if (j->lost_repositories)
		gone[n++] = "repositories";
	if (j->lost_buckets.n > 0)
		gone[n++] = "objects in buckets";
	for (i = 0; i < n; i++)
		buf_printf(&b, "%s%s",
		    i == 0	     ? ", but for "
			: i == n - 1 ? " and "
				     : ", ",
		    gone[i]);
	console_info("What was replaced%s%s is kept: gitlab-backup-cli "
		     "rollback brings it back, gitlab-backup-cli discard "
		     "removes it",
	    buf_str(&b), n > 0 ? "," : "");
	buf_free(&b);
}

/* All jobs have ended well enough: the new state stays. */
static int
conclude(struct restore *r, int rc)
{
	bool kept = (r->opts->keep_replaced || rc != PROG_DONE) &&
	    journal_keeps(&r->journal);

	count_failed(r);
	if (restore_decide(&r->journal,
		kept ? JOURNAL_KEPT : JOURNAL_DISCARDING, r->work) != PROG_DONE)
		return PROG_FAILED;
	rc = prog_worse(rc, restore_pools(r));
	restore_buckets_say(r);
	if (kept)
		say_kept(&r->journal);
	else
		rc = prog_worse(
		    rc, restore_discard(&r->journal, r->site, r->work));
	console_success("GitLab restoration of backup %s finished (%llds)",
	    r->info.backup_id, (long long)(time(NULL) - r->journal.started));
	return prog_worse(rc, r->problems.status);
}

/* A job has failed, or a signal came: the old state comes back. */
static int
go_back(struct restore *r, const char *job, const char *why, int rc)
{
	int undone;

	console_error("GitLab Backup failed: %s%s%s (%s)",
	    job != NULL ? job : "", job != NULL ? ": " : "",
	    why != NULL		    ? why
		: run_signal() != 0 ? "interrupted"
				    : "see above",
	    r->dir);
	console_info("Going back to the state before...");
	undone = restore_rollback(&r->journal, r->site, r->work);
	if (undone == PROG_DONE && !journal_lost(&r->journal))
		console_info("The site is as it was before");
	return rc;
}

/*
 * What nothing brings back comes last, when all the rest has succeeded, and
 * the journal says so before.
 */
static int
run_second(struct restore *r, struct plan *p)
{
	if (p->n_jobs == 0)
		return PROG_DONE;
	restore_lose(r);
	if (journal_write(r->work, &r->journal) != PROG_DONE)
		return PROG_FAILED;
	return plan_run(p, (size_t)r->opts->jobs, console_event, p);
}

int
run_restore(struct restore *r)
{
	struct plan first = {NULL, 0, false}, second = {NULL, 0, false};
	const char *job = NULL, *why = NULL;
	int rc;

	plan_restore(r, &first, &second);
	rc = begin(r);
	if (rc == PROG_DONE) {
		rc = plan_run(
		    &first, (size_t)r->opts->jobs, console_event, &first);
		if (rc == PROG_DONE || rc == PROG_PARTIAL)
			rc = prog_worse(rc, run_second(r, &second));
		if (run_signal() != 0)
			rc = 128 + run_signal();
		why = cause(&first, &job);
		if (why == NULL)
			why = cause(&second, &job);
		if (rc == PROG_DONE || rc == PROG_PARTIAL)
			rc = conclude(r, rc);
		else
			rc = go_back(r, job, why, rc);
	}
	plan_free(&first);
	plan_free(&second);
	return rc;
}
