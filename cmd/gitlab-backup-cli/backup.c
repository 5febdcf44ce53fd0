/* The verb backup: plan, run, judge, publish. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/prog.h"
#include "backup.h"
#include "buckets.h"
#include "console.h"
#include "proc/child.h"
#include "site/options.h"
#include "site/path.h"
#include "store/id.h"

/* Sets all names that the id is part of. */
static void
name(struct backup *b)
{
	b->partial = id_partial(b->path, b->id);
	b->work = xasprintf("%s/.work", b->partial);
	b->final = xasprintf("%s/%s", b->path, b->id);
}

/*
 * Gives the backup the id that was asked for, or one made of the time: the
 * first second that no other backup has.
 */
static int
choose_id(struct backup *b)
{
	const char *id = b->opts->backup_id, *wrong;
	char *taken = NULL;

	do {
		free(taken);
		free(b->id);
		b->id = id != NULL ? xstrdup(id)
				   : id_make(b->time, b->site->version);
		taken = xasprintf("%s/%s", b->path, b->id);
	} while (id == NULL && access(taken, F_OK) == 0 && b->time++ > 0);
	free(taken);
	wrong = id_wrong(b->id);
	if (wrong == NULL)
		return PROG_DONE;
	warnx("backup id %s: %s", b->id, wrong);
	return PROG_USAGE;
}

/* Everything about the run that is known before anything is done. */
static int
prepare(struct backup *b, char **operands)
{
	struct list skipped = {NULL, 0};
	size_t i;
	int rc;

	b->time = time(NULL);
	b->path =
	    path_absolute(b->opts->backup_path != NULL ? b->opts->backup_path
						       : b->site->backup_path);
	if (b->path == NULL) {
		warn("working directory");
		return PROG_FAILED;
	}
	rc = choose_id(b);
	if (rc != PROG_DONE)
		return rc;
	name(b);
	b->report.id = b->id;
	b->report.gitlab_version = b->site->version;
	b->report.started = b->time;
	rc = tasks_choose(b->opts, b->site, operands, &b->tasks, &skipped);
	for (i = 0; i < skipped.n; i++)
		report_gap(
		    &b->report, skipped.v[i], "skipped, as was asked for");
	list_free(&skipped);
	if (rc == PROG_DONE && list_has(&b->tasks, "repositories"))
		rc = choose_repositories(b);
	if (rc == PROG_DONE)
		plan_backup(b);
	return rc;
}

/* Takes "NAME<TAB>DATABASE<TAB>SERVER VERSION" lines into the report. */
static void
note_servers(struct backup *b, char *lines)
{
	char *line, *name, *version;

	while (lines != NULL && (line = strsep(&lines, "\n")) != NULL) {
		name = strsep(&line, "\t");
		strsep(&line, "\t");
		version = strsep(&line, "\t");
		if (version != NULL)
			list_addf(&b->report.servers, "%s %s", name, version);
	}
}

int
ask_databases(const struct site *s, struct buf *lines)
{
	struct list argv = {NULL, 0};
	struct child_spec spec;
	int status;

	list_add(&argv, "glb-dbdump");
	list_add(&argv, "list");
	list_add(&argv, "--long");
	site_options(s, &argv);
	spec = (struct child_spec)CHILD_SPEC(argv.v);
	status = child_run(&spec, lines, NULL, 1 << 20);
	list_free(&argv);
	return status == 0 ? PROG_DONE : PROG_FAILED;
}

/* Signals are caught before the lock is taken or anything is made. */
static int
start(struct backup *b)
{
	struct buf lines = {NULL, 0, 0};
	int rc = PROG_DONE;

	console_start(b->opts, "Backup");
	/* Until here a signal simply ends us, and by that the child. */
	if (list_has(&b->tasks, "db"))
		rc = ask_databases(b->site, &lines);
	if (rc == PROG_DONE)
		note_servers(b, lines.data);
	buf_free(&lines);
	if (rc != PROG_DONE) {
		console_error("GitLab Backup failed: databases cannot be read "
			      "(%s)",
		    b->partial);
		return rc;
	}
	run_catch_signals();
	/* A reader of our messages that has gone does not end a backup. */
	signal(SIGPIPE, SIG_IGN);
	return run_backup(b);
}

int
verb_backup(struct opts *o, char **operands)
{
	struct backup b = {.opts = o};
	struct site *site;
	int rc;

	rc = options_complete(o);
	if (rc == PROG_DONE)
		rc = options_repositories(o);
	if (rc == PROG_DONE)
		rc = tasks_check(o, operands);
	if (rc == PROG_DONE && o->backup_path != NULL &&
	    *o->backup_path == '\0') {
		warnx("--backup-path: is empty");
		rc = PROG_USAGE;
	}
	if (rc != PROG_DONE)
		return rc;
	site = buckets_site(o, &rc);
	if (site == NULL)
		return rc;
	b.site = site;
	rc = prepare(&b, operands);
	if (rc == PROG_DONE && o->dry_run)
		script_backup(&b);
	else if (rc == PROG_DONE)
		rc = start(&b);
	plan_free(&b.plan);
	plan_free(&b.closing);
	report_free(&b.report);
	list_free(&b.tasks);
	free(b.path);
	free(b.id);
	free(b.partial);
	free(b.work);
	free(b.final);
	free(b.base);
	free(b.base_id);
	site_free(site);
	return rc;
}
