/* The verb extract: one repository of a backup, as a plain directory. */
/* SPDX-License-Identifier: MIT */
#include <sys/mman.h>
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/js.h"
#include "base/prog.h"
#include "console.h"
#include "driver.h"
#include "git/names.h"
#include "store/id.h"
#include "store/info.h"
#include "store/report.h"

#define DUMP "db/database.sql.gz"

struct extraction {
	const struct opts *opts;
	const char *to; /* the directory that is made */
	char *dir; /* of the backup */
	char *list; /* a file for the list of one repository */
};

static bool
has(const struct extraction *x, const char *name)
{
	char *path = xasprintf("%s/%s", x->dir, name);
	bool there = access(path, F_OK) == 0;

	free(path);
	return there;
}

/* Does the report say that Gitaly has the repositories where we cannot read? */
static bool
is_server_side(const struct extraction *x)
{
	json_object *report = report_read(x->dir);
	bool is = report_server_side(report);

	json_object_put(report);
	return is;
}

/* Looks for what would only be found out at the end.  Returns 0 or -1. */
static int
look(const struct extraction *x)
{
	struct stat st;

	if (lstat(x->to, &st) == 0)
		errno = EEXIST;
	if (errno != ENOENT || *x->to == '\0') {
		warn("%s", x->to);
		return -1;
	}
	if (!has(x, "repositories")) {
		warnx("%s: has no repositories%s", x->dir,
		    is_server_side(x)
			? ": Gitaly has them in its own object storage"
			: "");
		return -1;
	}
	if (!names_need_dump(x->opts->repository) || has(x, DUMP))
		return 0;
	warnx("%s: has no " DUMP ", which knows where repositories lie: name "
	      "it by its path on the storage, @hashed/...",
	    x->dir);
	return -1;
}

/* Where the name leads, which the dump is read to its end for. */
static struct plan_job *
job_find(const struct extraction *x, struct plan *p)
{
	struct plan_job *j = plan_job(p, "repositories.find", "");
	struct plan_stage *s;

	j->out = xstrdup(x->list);
	if (names_need_dump(x->opts->repository)) {
		s = plan_stage(j, "glb-meta");
		plan_arg(s, "get");
		plan_arg(s, "--");
		plan_arg(s, "%s", x->dir);
		plan_arg(s, DUMP);
		s = plan_stage(j, "glb-gzip");
		plan_arg(s, "--decompress");
	}
	s = plan_stage(j, "glb-repos");
	plan_arg(s, "find");
	args_list(s, "storages", &x->opts->storages);
	plan_arg(s, "--");
	plan_arg(s, "%s", x->opts->repository);
	plan_arg(s, "%s/repositories", x->dir);
	return j;
}

/* After it, so that nothing is made of what a damaged dump says. */
static void
job_extract(const struct extraction *x, struct plan *p, struct plan_job *find,
    const struct info *info)
{
	struct plan_job *j = plan_job(p, "repositories.extract", "");
	char *mark = xasprintf("repositories/backup_ids/%s", info->backup_id);
	struct plan_stage *s = plan_stage(j, "glb-repos");

	j->after = find;
	j->in = xstrdup(x->list);
	plan_arg(s, "extract");
	/* The original's have another id, or none at all. */
	if (has(x, mark))
		plan_arg(s, "--id=%s", info->backup_id);
	plan_arg(s, "--");
	plan_arg(s, "%s/repositories", x->dir);
	plan_arg(s, "%s", x->to);
	free(mark);
}

/* Tells of a failure that no stage has told of itself. */
static void
complain(const struct extraction *x, const struct plan *p)
{
	size_t i;

	for (i = 0; i < p->n_jobs; i++)
		if (p->jobs[i]->cause != NULL && !p->jobs[i]->stopped) {
			console_error("GitLab Backup failed: %s: %s (%s)",
			    p->jobs[i]->name, p->jobs[i]->cause, x->dir);
			return;
		}
	console_error("GitLab Backup failed: %s (%s)",
	    run_signal() != 0 ? "interrupted" : "see above", x->dir);
}

/* Returns the exit status, or 128 + a signal. */
static int
run(const struct extraction *x, const struct info *info)
{
	struct plan p = {NULL, 0, false};
	int rc;

	job_extract(x, &p, job_find(x, &p), info);
	run_catch_signals();
	rc = plan_run(&p, 1, console_event, &p);
	if (rc == PROG_DONE || rc == PROG_PARTIAL)
		puts(x->to);
	else
		complain(x, &p);
	plan_free(&p);
	return rc;
}

/* Runs it with a list that lives in memory, so that nothing is left of it. */
static int
run_with_list(struct extraction *x)
{
	struct info info = {0};
	int fd, rc;

	rc = info_read(x->dir, &info);
	if (rc != PROG_DONE) {
		info_free(&info);
		return rc;
	}
	rc = PROG_FAILED;
	fd = memfd_create("list", MFD_CLOEXEC);
	if (fd == -1) {
		warn("memory: list");
	} else {
		x->list = xasprintf("/proc/self/fd/%d", fd);
		rc = run(x, &info);
		close(fd);
	}
	info_free(&info);
	return rc;
}

int
verb_extract(struct opts *o, const char *id, const char *dir)
{
	struct extraction x = {.opts = o, .to = dir};
	char *path = NULL;
	int rc = PROG_FAILED;

	if (o->repository == NULL || names_bad_path(o->repository) != NULL) {
		warnx("--repository: the repository's name %s",
		    o->repository == NULL ? "is missing"
					  : names_bad_path(o->repository));
		return PROG_USAGE;
	}
	console_start(o, "extraction");
	/* A path needs no site: a backup may be looked at anywhere. */
	if (strchr(id, '/') == NULL)
		path = backup_path(o);
	if (path != NULL || strchr(id, '/') != NULL)
		x.dir = id_find(path, id);
	if (x.dir != NULL && look(&x) == 0)
		rc = run_with_list(&x);
	free(x.dir);
	free(x.list);
	free(path);
	if (rc > 128)
		run_die(rc - 128);
	return rc;
}
