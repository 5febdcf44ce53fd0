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
#include "driver.h"
#include "proc/child.h"
#include "site/options.h"
#include "store/id.h"

/* Processors, at least two: some job always waits for a disk or a server. */
static int64_t
default_jobs(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 2 ? 2 : n;
}

/* The path seen from the root directory, to be freed; NULL after a warning. */
static char *
absolute(const char *path)
{
	char *cwd, *full;

	if (*path == '\0') {
		warnx("--backup-path: is empty");
		return NULL;
	}
	if (*path == '/')
		return xstrdup(path);
	cwd = getcwd(NULL, 0);
	if (cwd == NULL) {
		warn("working directory");
		return NULL;
	}
	full = xasprintf("%s/%s", cwd, path);
	free(cwd);
	return full;
}

/* Everything about the run that is known before anything is done. */
static int
prepare(struct backup *b, char **operands)
{
	const char *id = b->opts->backup_id, *wrong;
	int rc;

	b->time = time(NULL);
	b->id = id != NULL ? xstrdup(id) : id_make(b->time, b->site->version);
	wrong = id_wrong(b->id);
	if (wrong != NULL) {
		warnx("backup id %s: %s", b->id, wrong);
		return PROG_USAGE;
	}
	b->path = absolute(b->opts->backup_path != NULL ? b->opts->backup_path
							: b->site->backup_path);
	if (b->path == NULL)
		return PROG_FAILED;
	b->partial = id_partial(b->path, b->id);
	b->work = xasprintf("%s/.work", b->partial);
	b->final = xasprintf("%s/%s", b->path, b->id);
	b->report.id = b->id;
	b->report.gitlab_version = b->site->version;
	b->report.started = b->time;
	rc = tasks_choose(b, operands);
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

/* Asks the databases for their versions: a dead one ends the run here. */
static int
ask_databases(struct backup *b)
{
	struct list argv = {NULL, 0};
	struct buf out = {NULL, 0, 0};
	struct child_spec spec;
	int status;

	list_add(&argv, "glb-dbdump");
	list_add(&argv, "list");
	list_add(&argv, "--long");
	site_options(b->site, &argv);
	spec = (struct child_spec)CHILD_SPEC(argv.v);
	status = child_run(&spec, &out, NULL, 1 << 20);
	if (status == 0)
		note_servers(b, out.data);
	list_free(&argv);
	buf_free(&out);
	return status == 0 ? PROG_DONE : PROG_FAILED;
}

/* Signals are caught before the lock is taken or anything is made. */
static int
start(struct backup *b)
{
	console_start(b->opts);
	/* Until here a signal simply ends us, and by that the child. */
	if (list_has(&b->tasks, "db") && ask_databases(b) != PROG_DONE)
		return PROG_FAILED;
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

	rc = options_from_environment(o);
	if (rc != PROG_DONE)
		return rc;
	if (o->jobs == 0)
		o->jobs = default_jobs();
	site = site_read(&o->where);
	if (site == NULL)
		return PROG_FAILED;
	b.site = site;
	rc = prepare(&b, operands);
	if (rc == PROG_DONE && o->dry_run)
		script_print(&b);
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
	site_free(site);
	return rc;
}
