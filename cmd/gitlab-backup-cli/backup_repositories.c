/* The repositories in a backup: who makes it, and what it continues. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backup.h"
#include "base/alloc.h"
#include "base/prog.h"
#include "store/catalog.h"
#include "store/id.h"

/* Has the backup in dir repositories that others can continue? */
static bool
continuable(const char *dir)
{
	char *path = xasprintf("%s/repositories/manifests", dir);
	bool there = access(path, F_OK) == 0;

	free(path);
	return there;
}

/* The newest backup of all that can be continued; NULL if there is none. */
static char *
newest(const char *backup_path)
{
	struct catalog c;
	char *dir = NULL;
	size_t i;

	if (catalog_read(backup_path, &c) == PROG_DONE)
		for (i = c.n; dir == NULL && i > 0; i--)
			if (c.v[i - 1].state <= CATALOG_UNKNOWN &&
			    continuable(c.v[i - 1].path))
				dir = xstrdup(c.v[i - 1].path);
	catalog_free(&c);
	return dir;
}

/* The one that was asked for. */
static int
named(struct backup *b)
{
	b->base = id_find(b->path, b->opts->base);
	if (b->base == NULL)
		return PROG_FAILED;
	if (continuable(b->base))
		return PROG_DONE;
	warnx("%s: has no repositories that a backup can continue", b->base);
	return PROG_FAILED;
}

static int
choose_base(struct backup *b)
{
	struct info info;
	int rc = PROG_DONE;

	if (b->opts->base != NULL)
		rc = named(b);
	else
		b->base = newest(b->path);
	if (rc != PROG_DONE || b->base == NULL)
		return rc;
	rc = info_read(b->base, &info);
	if (rc == PROG_DONE)
		b->base_id = xstrdup(info.backup_id);
	info_free(&info);
	return rc;
}

int
choose_repositories(struct backup *b)
{
	const struct opts *o = b->opts;
	int rc = PROG_DONE;

	b->engine =
	    engine_choose(b->site, o->server_side ? "gitaly" : o->engine);
	if (b->engine.gitaly)
		rc = engine_ready(b->site);
	if (rc == PROG_DONE && o->incremental && !o->server_side)
		rc = choose_base(b);
	b->report.engine = b->engine.name;
	b->report.server_side = o->server_side;
	b->report.incremental =
	    o->incremental && (o->server_side || b->base != NULL);
	b->report.base = b->base_id;
	return rc;
}

/*
 * The list goes through a file, so that the transaction it is read in, and
 * the snapshot, do not last as long as the repositories take.
 */
static struct plan_job *
job_list(struct backup *b, struct plan_job *snapshot)
{
	struct plan_job *j =
	    plan_job(&b->plan, "repositories.list", "Repositories");
	const struct opts *o = b->opts;
	struct plan_stage *s;

	j->holder = snapshot;
	j->out = xasprintf("%s/repositories", b->work);
	s = plan_stage(j, "glb-repos");
	plan_arg(s, "list");
	args_site(s, b->site);
	if (snapshot != NULL && list_has(&snapshot->vars, "main"))
		plan_arg_var(s, "--snapshot=", "main");
	args_repositories(s, o);
	return j;
}

/* What a backup that continues another one is told of that. */
static void
args_base(struct plan_stage *s, const struct backup *b)
{
	if (!b->report.incremental)
		return;
	plan_arg(s, "--incremental");
	if (b->base == NULL)
		return;
	plan_arg(s, "--base=%s/repositories", b->base);
	if (b->opts->full_every != NULL)
		plan_arg(s, "--full-every=%s", b->opts->full_every);
}

void
plan_repositories(struct backup *b, struct plan_job *snapshot)
{
	struct plan_job *list = job_list(b, snapshot), *j;
	const struct opts *o = b->opts;
	struct plan_stage *s;

	j = plan_job(&b->plan, "repositories", "Repositories");
	j->after = list;
	j->in = xstrdup(list->out);
	j->out = xasprintf("%s/repositories.ndjson", b->work);
	s = plan_stage(j, "glb-repos");
	plan_arg(s, "create");
	args_site(s, b->site);
	plan_arg(s, "--id=%s", b->id);
	plan_arg(s, "--engine=%s", b->engine.name);
	args_base(s, b);
	args_repository_jobs(s, o);
	if (o->server_side)
		plan_arg(s, "--server-side");
	else
		plan_arg(s, "%s/repositories", b->partial);
}
