/* Backs up Git repositories: lists, bundles, verifies them. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <stddef.h>
#include <string.h>

#include "base/opt.h"
#include "base/prog.h"
#include "base/status.h"
#include "db/rows.h"
#include "git/engine.h"
#include "git/extract.h"
#include "git/former.h"
#include "git/listing.h"
#include "git/lookup.h"
#include "git/names.h"
#include "git/object_pools.h"
#include "git/survey.h"
#include "site/options.h"
#include "site/site.h"

struct opts {
	struct site_where where;
	struct rows_filter filter;
	struct engine_order order; /* of create and restore; others use some */
	struct list storages;
	struct storages known; /* those of storages */
	struct list remove_all;
};

static const struct opt_verb verbs[] = {
    {"create", "[TREE]", 0, 1,
	"back up the listed repositories into TREE, and list the results"},
    {"discard", "", 0, 0, "remove what restores have replaced, and kept"},
    {"extract", "TREE DIR", 2, 2,
	"make DIR a plain repository from the listed one's backup in TREE"},
    {"find", "REPOSITORY TREE", 2, 2,
	"list the repository that has this name in a dump, if TREE has it"},
    {"list", "", 0, 0,
	"list the repositories that the database knows, as JSON lines"},
    {"reset-pools", "", 0, 0,
	"have GitLab make its object pools again, and list the results"},
    {"restore", "[TREE]", 0, 1,
	"bring the listed repositories back from TREE, and list the results"},
    {"rollback", "", 0, 0, "put back what restores have replaced, and kept"},
    {"verify", "TREE", 1, 1,
	"look whether all backups in TREE are whole, and list the results"},
    {NULL, NULL, 0, 0, NULL},
};

#define ROW(field) offsetof(struct opts, field)

static const char *const engines[] = {"auto", "git", "gitaly", NULL};

static const struct opt options[] = {
    {"base", 0, OPT_STRING, ROW(order.base), "DIR", "create",
	"back up what is new since the newest backup in this other tree", 0, 0,
	NULL},
    {"engine", 0, OPT_CHOICE, ROW(order.engine), "ENGINE", "create restore",
	"what handles the repositories: auto, git or gitaly", 0, 0, engines},
    {"full-every", 0, OPT_STRING, ROW(order.full_every), "DURATION", "create",
	"start a new chain if its first backup is older: 30d, 12h, 90m, 45s", 0,
	0, NULL},
    {"id", 0, OPT_STRING, ROW(order.id), "ID", "create extract restore verify",
	"what the backup is called; create needs it", 0, 0, NULL},
    {"incremental", 0, OPT_FLAG, ROW(order.incremental), NULL, "create",
	"back up what is new since the newest backup in TREE", 0, 0, NULL},
    {"jobs", 'j', OPT_NUMBER, ROW(order.jobs), "N", "create restore verify",
	"repositories at a time; default: processors", 1, POOL_THREADS_MAX,
	NULL},
    {"jobs-per-storage", 0, OPT_NUMBER, ROW(order.jobs_per_storage), "N",
	"create restore", "the same for each storage; default: no limit", 1,
	POOL_THREADS_MAX, NULL},
    {"keep-replaced", 0, OPT_FLAG, ROW(order.keep), NULL, "restore",
	"do not remove the former repositories in the end", 0, 0, NULL},
    {"paths", 0, OPT_COMMAS, ROW(filter.paths), "PATH,...", "list",
	"only these projects and groups", 0, 0, NULL},
    {"remove-all", 0, OPT_COMMAS, ROW(remove_all), "STORAGE,...", "restore",
	"remove what is there and not on the list", 0, 0, NULL},
    {"server-side", 0, OPT_FLAG, ROW(order.server_side), NULL, "create restore",
	"let Gitaly keep the backups, without TREE", 0, 0, NULL},
    {"skip-paths", 0, OPT_COMMAS, ROW(filter.skip_paths), "PATH,...", "list",
	"not these projects and groups", 0, 0, NULL},
    {"snapshot", 0, OPT_STRING, ROW(filter.snapshot), "ID", "list",
	"read in this exported snapshot", 0, 0, NULL},
    {"storage", 0, OPT_LIST, ROW(storages), "NAME=DIR",
	"create discard restore rollback",
	"where the repositories of a storage lie", 0, 0, NULL},
    {"storages", 0, OPT_COMMAS, ROW(filter.storages), "NAME,...", "find list",
	"only repositories on these storages", 0, 0, NULL},
    SITE_OPTIONS(struct opts, where, NULL),
    {NULL, 0, OPT_FLAG, 0, NULL, NULL, NULL, 0, 0, NULL},
};

static const struct opt_program program = {
    "glb-repos",
    "Backs up Git repositories: writes or reads a list of them.",
    verbs,
    options,
    NULL,
};

static int
check_id(const char *id)
{
	const char *bad = id != NULL ? names_bad_id(id) : NULL;

	if (bad != NULL)
		warnx("--id: the backup's name %s", bad);
	return bad == NULL ? 0 : -1;
}

static int
verify(const struct opts *o, const char *tree)
{
	struct survey s = {tree, o->order.id,
	    o->order.jobs > 0 ? (unsigned int)o->order.jobs : pool_default()};

	return check_id(s.id) == -1 ? PROG_USAGE : survey_run(&s);
}

static int
extract(const struct opts *o, char **operands)
{
	struct extract e = {operands[0], o->order.id, operands[1]};

	return check_id(o->order.id) == -1 ? PROG_USAGE : extract_run(&e);
}

static int
find(const struct opts *o, char **operands)
{
	struct lookup l = {operands[0], operands[1], &o->filter.storages};

	return lookup_run(&l);
}

static int
do_verb(struct opts *o, const char *verb, char **operands)
{
	if (storages_add_list(&o->known, &o->storages) == -1)
		return PROG_USAGE;
	o->order.where = &o->where;
	o->order.storages = &o->known;
	o->order.remove_all = &o->remove_all;
	o->order.tree = operands[0]; /* NULL if there is none */
	if (strcmp(verb, "create") == 0)
		return engine_create(&o->order);
	if (strcmp(verb, "discard") == 0)
		return former_discard(&o->known, &o->where);
	if (strcmp(verb, "extract") == 0)
		return extract(o, operands);
	if (strcmp(verb, "find") == 0)
		return find(o, operands);
	if (strcmp(verb, "list") == 0)
		return listing_run(&o->where, &o->filter);
	if (strcmp(verb, "reset-pools") == 0)
		return object_pools_reset(&o->where);
	if (strcmp(verb, "restore") == 0)
		return engine_restore(&o->order);
	if (strcmp(verb, "rollback") == 0)
		return former_rollback(&o->known, &o->where);
	return verify(o, operands[0]);
}

int
main(int argc, char *argv[])
{
	const struct opt_verb *verb;
	struct opts o = {0};
	char **operands;
	int rc;

	prog_start();
	rc = opt_parse(&program, argc, argv, &o, &verb, &operands);
	if (rc == -1) {
		status_start();
		rc = do_verb(&o, verb->name, operands);
		status_end();
	}
	list_free(&o.filter.storages);
	list_free(&o.filter.paths);
	list_free(&o.filter.skip_paths);
	list_free(&o.storages);
	storages_free(&o.known);
	list_free(&o.remove_all);
	return prog_finish(rc);
}
