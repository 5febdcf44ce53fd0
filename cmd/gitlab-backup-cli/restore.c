/* The verb restore: looks, asks, then has it done. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/io.h"
#include "base/prog.h"
#include "buckets.h"
#include "console.h"
#include "restore.h"
#include "store/lock.h"

/* A line of the terminal; signals are let through meanwhile. */
static bool
answered_yes(void)
{
	struct pollfd fd = {STDIN_FILENO, POLLIN, 0};
	char line[64];
	sigset_t none;

	sigemptyset(&none);
	while (run_signal() == 0 && ppoll(&fd, 1, NULL, &none) == -1)
		continue;
	if (run_signal() != 0 || fgets(line, sizeof(line), stdin) == NULL)
		return false;
	line[strcspn(line, "\n")] = '\0';
	return strcasecmp(line, "y") == 0 || strcasecmp(line, "yes") == 0;
}

/* Before anything is replaced, someone at a terminal is asked. */
static bool
agreed(const struct restore *r)
{
	size_t i;

	if (r->opts->yes || !isatty(STDIN_FILENO))
		return true;
	fprintf(stderr,
	    "The backup %s replaces of the GitLab in %s:", r->info.backup_id,
	    r->site->root);
	for (i = 0; i < r->tasks.n; i++)
		fprintf(stderr, " %s", r->tasks.v[i]);
	for (i = 0; i < r->n_buckets; i++)
		fprintf(stderr, "%s %s",
		    i == 0 ? ".\nOf these buckets, where objects are replaced, "
			     "there is no way back:"
			   : "",
		    r->buckets[i].kind->bucket);
	fprintf(stderr, ".\nGo on (yes/no)? ");
	fflush(stderr);
	return answered_yes();
}

/* With the lock held: looks, asks, does. */
static int
restore_locked(struct restore *r)
{
	int rc;

	console_info(
	    "Restoring GitLab backup %s... (%s)", r->info.backup_id, r->dir);
	rc = preflight(r);
	problems_say(&r->problems);
	if (rc == PROG_FAILED || rc == PROG_DAMAGED) {
		console_error("GitLab Backup failed: %zu problem%s, nothing "
			      "was changed (%s)",
		    problems_fatal(&r->problems),
		    problems_fatal(&r->problems) == 1 ? "" : "s", r->dir);
		return rc;
	}
	if (rc <= 128 && !agreed(r)) {
		rc = run_signal() != 0 ? 128 + run_signal() : PROG_FAILED;
		console_error(
		    "GitLab Backup failed: not wanted, nothing was changed "
		    "(%s)",
		    r->dir);
	}
	return rc == PROG_DONE || rc == PROG_PARTIAL ? run_restore(r) : rc;
}

static int
restore(struct restore *r)
{
	int lock, rc;

	if (r->opts->dry_run) {
		problems_say(&r->problems);
		if (problems_fatal(&r->problems) > 0)
			return r->problems.status;
		script_restore(r);
		return PROG_DONE;
	}
	/* Nobody who reads our messages can end a restore by going. */
	signal(SIGPIPE, SIG_IGN);
	run_catch_signals();
	if (io_mkdirs(AT_FDCWD, r->home, 0777) == -1) {
		warn("%s", r->home);
		return PROG_FAILED;
	}
	lock = lock_take(r->home, &rc);
	if (lock == -1)
		return rc;
	rc = restore_locked(r);
	close(lock);
	return rc;
}

int
verb_restore(struct opts *o, char **operands)
{
	struct restore r = {.opts = o};
	struct site *site;
	int rc;

	rc = options_complete(o);
	if (rc != PROG_DONE)
		return rc;
	console_start(o, "restoration");
	site = buckets_site(o, &rc);
	if (site == NULL)
		return rc;
	r.site = site;
	rc = restore_open(&r, operands);
	if (rc == PROG_DONE)
		rc = restore(&r);
	restore_free(&r);
	site_free(site);
	if (rc > 128)
		run_die(rc - 128);
	return rc;
}
