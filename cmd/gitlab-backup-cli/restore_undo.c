/* The verbs rollback and discard: the end of what a restore has replaced. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/prog.h"
#include "console.h"
#include "proc/child.h"
#include "restore.h"
#include "store/lock.h"

/*
 * Programs of a run that was killed may still be at work, most likely putting
 * back themselves; they hold locks of their own meanwhile.
 */
#define TRIES 120
#define PAUSE 1 /* seconds */

/* A directory that is not the site's any more is not ours to touch. */
static int
check_directories(const struct list *dirs, const struct site *s)
{
	int rc = PROG_DONE;
	size_t i, k;

	for (i = 0; i < dirs->n; i++) {
		for (k = 0; k < s->n_kinds; k++)
			if (strcmp(s->kinds[k].dir, dirs->v[i]) == 0)
				break;
		if (k < s->n_kinds)
			continue;
		warnx("%s: was restored, but gitlab.yml does not name it any "
		      "more",
		    dirs->v[i]);
		rc = PROG_FAILED;
	}
	return rc;
}

/* So it is with databases. */
static int
check_databases(const struct list *names, const struct site *s)
{
	int rc = PROG_DONE;
	size_t i;

	for (i = 0; i < names->n; i++)
		if (site_db(s, names->v[i]) == NULL) {
			warnx("database %s: was restored, but database.yml "
			      "does not name it any more",
			    names->v[i]);
			rc = PROG_FAILED;
		}
	return rc;
}

/* Tells what the job's program said, and how it has ended. */
static void
tell(struct plan *p, const struct plan_job *j)
{
	size_t i;

	for (i = 0; i < j->warnings.n; i++)
		console_event(p, RUN_LINE, j, j->warnings.v[i]);
	if (j->cause != NULL)
		console_error("%s: %s", j->name, j->cause);
}

/* Runs the plan of the verb once.  *busy: a lock was held. */
static int
run_once(
    const struct journal *j, const struct site *s, const char *verb, bool *busy)
{
	struct plan p = {NULL, 0, false};
	size_t i;
	int rc;

	plan_undo(j, s, verb, &p);
	rc = plan_run(&p, 2, console_event_silent, &p);
	*busy = false;
	for (i = 0; i < p.n_jobs; i++)
		if (child_code(p.jobs[i]->stages[0].wait_status) == PROG_LOCKED)
			*busy = true;
		else
			tell(&p, p.jobs[i]);
	plan_free(&p);
	return rc;
}

static int
run_verb(const struct journal *j, const struct site *s, const char *verb)
{
	bool busy = false;
	int i, rc;

	rc = check_directories(&j->directories, s);
	rc = prog_worse(rc, check_directories(&j->lost, s));
	rc = prog_worse(rc, check_databases(&j->databases, s));
	if (rc != PROG_DONE)
		return rc;
	for (i = 0; i < TRIES; i++) {
		rc = run_once(j, s, verb, &busy);
		if (!busy)
			return rc;
		sleep(PAUSE);
	}
	console_error("programs of a run that was killed are still at work");
	return rc;
}

int
restore_decide(struct journal *j, enum journal_phase phase, const char *work)
{
	j->phase = phase;
	if (journal_write(work, j) == PROG_DONE)
		return PROG_DONE;
	console_error("All is restored, but the journal does not say so: "
		      "gitlab-backup-cli rollback goes back, restore begins "
		      "again");
	return PROG_FAILED;
}

int
restore_rollback(struct journal *j, const struct site *s, const char *work)
{
	size_t i;
	int rc = PROG_DONE;

	/* From here on the old state is what everything goes to. */
	if (j->phase != JOURNAL_RESTORING) {
		j->phase = JOURNAL_RESTORING;
		rc = journal_write(work, j);
	}
	if (rc == PROG_DONE)
		rc = run_verb(j, s, "rollback");
	for (i = 0; i < j->lost.n; i++)
		console_warning("%s: was not moved aside: it cannot be put "
				"back as it was",
		    j->lost.v[i]);
	for (i = 0; i < j->lost_buckets.n; i++)
		console_warning("bucket %s: objects in it have been replaced, "
				"or begun to be: they cannot be put back as "
				"they were",
		    j->lost_buckets.v[i]);
	if (j->lost_repositories)
		console_warning("repositories: Gitaly has replaced them, or "
				"begun to: they cannot be put back as they "
				"were");
	if (rc != PROG_DONE) {
		console_error("Not everything is put back: mend the cause, "
			      "then run gitlab-backup-cli rollback");
		return PROG_FAILED;
	}
	return journal_end(work);
}

int
restore_discard(struct journal *j, const struct site *s, const char *work)
{
	int rc;

	if (j->phase != JOURNAL_DISCARDING &&
	    restore_decide(j, JOURNAL_DISCARDING, work) != PROG_DONE)
		return PROG_FAILED;
	rc = run_verb(j, s, "discard");
	if (rc == PROG_DONE)
		return journal_end(work);
	console_error("Not all that was replaced could be removed: mend the "
		      "cause, then run gitlab-backup-cli discard");
	return PROG_PARTIAL;
}

/* With the lock held and the journal read. */
static int
rollback(struct journal *j, const struct site *s, const char *work)
{
	int rc;

	if (j->phase == JOURNAL_NONE) {
		console_info("There is no restore to go back from");
		return journal_end(work);
	}
	if (j->phase == JOURNAL_DISCARDING) {
		console_error("The restore of backup %s had succeeded, and "
			      "what it replaced was being removed: there is "
			      "no way back",
		    j->id);
		restore_discard(j, s, work);
		return PROG_FAILED;
	}
	console_info("Going back to the state before the restore of backup "
		     "%s...",
	    j->id);
	rc = restore_rollback(j, s, work);
	if (rc == PROG_DONE && journal_lost(j))
		rc = PROG_PARTIAL;
	if (rc == PROG_DONE)
		console_success("The site is as it was before");
	return rc;
}

static int
discard(struct journal *j, const struct site *s, const char *work)
{
	int rc;

	if (j->phase == JOURNAL_NONE) {
		console_info("There is no restore whose replaced state is "
			     "kept");
		return journal_end(work);
	}
	if (j->phase == JOURNAL_RESTORING) {
		console_error("The restore of backup %s did not end: run "
			      "gitlab-backup-cli rollback, or restore again",
		    j->id);
		return PROG_FAILED;
	}
	console_info(
	    "Removing what the restore of backup %s has replaced...", j->id);
	rc = restore_discard(j, s, work);
	if (rc == PROG_DONE)
		console_success("What was replaced is removed");
	return rc;
}

typedef int undo_fn(struct journal *j, const struct site *s, const char *work);

/* Takes the lock and reads the journal for fn. */
static int
with_journal(struct opts *o, undo_fn *fn)
{
	struct journal j = {.phase = JOURNAL_NONE};
	struct site *s;
	char *work = NULL;
	int lock = -1, rc = PROG_FAILED;

	console_start(o, "");
	s = site_read(&o->where);
	if (s == NULL)
		return PROG_FAILED;
	signal(SIGPIPE, SIG_IGN);
	run_catch_signals();
	work = journal_dir(s->backup_path);
	if (access(s->backup_path, F_OK) == -1) {
		rc = fn(&j, s, work);
		goto out;
	}
	lock = lock_take(s->backup_path, &rc);
	if (lock == -1)
		goto out;
	rc = journal_read(work, &j);
	if (rc == PROG_DONE)
		rc = fn(&j, s, work);
	close(lock);
out:
	journal_free(&j);
	free(work);
	site_free(s);
	return rc;
}

int
verb_rollback(struct opts *o)
{
	return with_journal(o, rollback);
}

int
verb_discard(struct opts *o)
{
	return with_journal(o, discard);
}
