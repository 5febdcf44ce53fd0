/* Creates and restores backups, by git or by Gitaly's own program. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/prog.h"
#include "git/create.h"
#include "git/engine.h"
#include "git/gitaly_backup.h"
#include "git/names.h"
#include "git/restore.h"

/* Whom it is to be done by. */
struct choice {
	struct site *site;
	char *program; /* NULL: git */
};

static int
usage(const char *what, const char *why)
{
	warnx("%s: %s", what, why);
	return PROG_USAGE;
}

/* Checks what both verbs have.  Returns -1 to go on, or a status. */
static int
check(const struct engine_order *o, bool needs_id)
{
	const char *bad = o->id != NULL ? names_bad_id(o->id)
	    : needs_id			? "is missing"
					: NULL;

	if (bad != NULL) {
		warnx("--id: the backup's name %s", bad);
		return PROG_USAGE;
	}
	if (o->tree == NULL && !o->server_side)
		return usage("missing argument", "TREE");
	if (o->tree != NULL && o->server_side)
		return usage("TREE", "is of no use with --server-side");
	if (o->server_side && o->engine != NULL &&
	    strcmp(o->engine, "git") == 0)
		return usage("--server-side", "needs the engine gitaly");
	return -1;
}

/* Chooses the engine.  Returns -1 to go on, or a status. */
static int
choose(const struct engine_order *o, struct choice *c)
{
	return gitaly_backup_choose(o->server_side ? "gitaly" : o->engine,
	    o->storages->n > 0, o->where, &c->site, &c->program);
}

static void
forget(struct choice *c)
{
	site_free(c->site);
	free(c->program);
}

static struct gitaly_backup
for_gitaly(const struct engine_order *o, const struct choice *c)
{
	return (struct gitaly_backup){
	    .site = c->site,
	    .program = c->program,
	    .tree = o->tree,
	    .server_side = o->server_side,
	    .id = o->id,
	    .jobs = (unsigned int)o->jobs,
	    .jobs_per_storage = (unsigned int)o->jobs_per_storage,
	};
}

static unsigned int
jobs(const struct engine_order *o)
{
	return o->jobs > 0 ? (unsigned int)o->jobs : pool_default();
}

/* Checks what asks for increments.  Returns -1 to go on, or a status. */
static int
check_increments(const struct engine_order *o, int64_t *full_every)
{
	if (o->full_every != NULL && !o->incremental && o->base == NULL)
		return usage("--full-every", "needs --incremental or --base");
	if (o->server_side && (o->base != NULL || o->full_every != NULL))
		return usage(o->base != NULL ? "--base" : "--full-every",
		    "is for Gitaly to decide with --server-side");
	if (o->full_every == NULL ||
	    num_duration(o->full_every, full_every) == 0)
		return -1;
	warnx("--full-every: %s: not a duration like 30d, 12h, 90m or 45s",
	    o->full_every);
	return PROG_USAGE;
}

int
engine_create(const struct engine_order *o)
{
	struct create by_git = {
	    .tree = o->tree,
	    .id = o->id,
	    .jobs = jobs(o),
	    .jobs_per_storage = (unsigned int)o->jobs_per_storage,
	    .storages = o->storages,
	    .where = o->where,
	    .incremental = o->incremental,
	    .base = o->base,
	};
	struct choice c = {NULL, NULL};
	struct gitaly_backup g;
	int rc;

	rc = check(o, true);
	if (rc == -1)
		rc = check_increments(o, &by_git.full_every);
	if (rc == -1)
		rc = choose(o, &c);
	if (rc == -1 && c.program != NULL) {
		g = for_gitaly(o, &c);
		g.incremental = o->incremental || o->base != NULL;
		g.base = o->base;
		g.full_every = by_git.full_every;
		rc = gitaly_backup_create(&g);
	} else if (rc == -1) {
		rc = create_run(&by_git);
	}
	forget(&c);
	return rc;
}

int
engine_restore(const struct engine_order *o)
{
	struct restore by_git = {
	    .tree = o->tree,
	    .id = o->id,
	    .jobs = jobs(o),
	    .jobs_per_storage = (unsigned int)o->jobs_per_storage,
	    .storages = o->storages,
	    .where = o->where,
	    .remove_all = o->remove_all,
	    .keep = o->keep,
	};
	struct choice c = {NULL, NULL};
	struct gitaly_backup g;
	int rc;

	rc = check(o, false);
	if (rc == -1)
		rc = choose(o, &c);
	if (rc == -1 && c.program != NULL && o->keep) {
		rc = usage("--keep-replaced", "Gitaly keeps nothing");
	} else if (rc == -1 && c.program != NULL) {
		g = for_gitaly(o, &c);
		g.remove_all = o->remove_all;
		rc = gitaly_backup_restore(&g);
	} else if (rc == -1) {
		rc = restore_run(&by_git);
	}
	forget(&c);
	return rc;
}
