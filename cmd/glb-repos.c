/* Backs up Git repositories: lists, bundles, verifies them. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <stddef.h>
#include <string.h>

#include "base/num.h"
#include "base/opt.h"
#include "base/prog.h"
#include "base/status.h"
#include "db/rows.h"
#include "git/create.h"
#include "git/listing.h"
#include "git/names.h"
#include "git/restore.h"
#include "git/survey.h"
#include "git/former.h"
#include "site/options.h"
#include "site/site.h"

struct opts {
	struct site_where where;
	struct rows_filter filter;
	const char *id;
	const char *engine;
	const char *full_every;
	int incremental;
	int64_t jobs;
	int64_t jobs_per_storage;
	int keep_replaced;
	struct list storages;
	struct storages known; /* those of storages */
	struct list remove_all;
};

static const struct opt_verb verbs[] = {
    {"create", "TREE", 1, 1,
	"back up the listed repositories into TREE, and list the results"},
    {"discard", "", 0, 0, "remove what restores have replaced, and kept"},
    {"list", "", 0, 0,
	"list the repositories that the database knows, as JSON lines"},
    {"restore", "TREE", 1, 1,
	"bring the listed repositories back from TREE, and list the results"},
    {"rollback", "", 0, 0, "put back what restores have replaced, and kept"},
    {"verify", "TREE", 1, 1,
	"look whether all backups in TREE are whole, and list the results"},
    {NULL, NULL, 0, 0, NULL},
};

#define ROW(field) offsetof(struct opts, field)

/* Git is the only engine, so that auto means it, too. */
static const char *const engines[] = {"auto", "git", NULL};

static const struct opt options[] = {
    {"engine", 0, OPT_CHOICE, ROW(engine), "ENGINE", "create restore",
	"what handles the repositories: auto or git", 0, 0, engines},
    {"full-every", 0, OPT_STRING, ROW(full_every), "DURATION", "create",
	"start a new chain if its first backup is older: 30d, 12h, 90m, 45s", 0,
	0, NULL},
    {"id", 0, OPT_STRING, ROW(id), "ID", "create restore verify",
	"what the backup is called; create needs it", 0, 0, NULL},
    {"incremental", 0, OPT_FLAG, ROW(incremental), NULL, "create",
	"back up what is new since the newest backup in TREE", 0, 0, NULL},
    {"jobs", 'j', OPT_NUMBER, ROW(jobs), "N", "create restore verify",
	"repositories at a time; default: processors", 1, POOL_THREADS_MAX,
	NULL},
    {"jobs-per-storage", 0, OPT_NUMBER, ROW(jobs_per_storage), "N",
	"create restore", "the same for each storage; default: no limit", 1,
	POOL_THREADS_MAX, NULL},
    {"keep-replaced", 0, OPT_FLAG, ROW(keep_replaced), NULL, "restore",
	"do not remove the former repositories in the end", 0, 0, NULL},
    {"paths", 0, OPT_COMMAS, ROW(filter.paths), "PATH,...", "list",
	"only these projects and groups", 0, 0, NULL},
    {"remove-all", 0, OPT_COMMAS, ROW(remove_all), "STORAGE,...", "restore",
	"remove what is there and not on the list", 0, 0, NULL},
    {"skip-paths", 0, OPT_COMMAS, ROW(filter.skip_paths), "PATH,...", "list",
	"not these projects and groups", 0, 0, NULL},
    {"snapshot", 0, OPT_STRING, ROW(filter.snapshot), "ID", "list",
	"read in this exported snapshot", 0, 0, NULL},
    {"storage", 0, OPT_LIST, ROW(storages), "NAME=DIR",
	"create discard restore rollback",
	"where the repositories of a storage lie", 0, 0, NULL},
    {"storages", 0, OPT_COMMAS, ROW(filter.storages), "NAME,...", "list",
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

/* Looks at --id; missing is what is wrong if it is not given, or NULL. */
static int
check_id(const struct opts *o, const char *missing)
{
	const char *bad = o->id == NULL ? missing : names_bad_id(o->id);

	if (bad != NULL)
		warnx("--id: the backup's name %s", bad);
	return bad == NULL ? 0 : -1;
}

static unsigned int
jobs(const struct opts *o)
{
	return o->jobs > 0 ? (unsigned int)o->jobs : pool_default();
}

static int
create(struct opts *o, const char *tree)
{
	struct create c = {
	    .tree = tree,
	    .id = o->id,
	    .jobs = jobs(o),
	    .jobs_per_storage = (unsigned int)o->jobs_per_storage,
	    .storages = &o->known,
	    .where = &o->where,
	    .incremental = o->incremental,
	};

	if (check_id(o, "is missing") == -1)
		return PROG_USAGE;
	if (o->full_every != NULL && !o->incremental) {
		warnx("--full-every: needs --incremental");
		return PROG_USAGE;
	}
	if (o->full_every != NULL &&
	    num_duration(o->full_every, &c.full_every) == -1) {
		warnx("--full-every: %s: not a duration like 30d, 12h, 90m or "
		      "45s",
		    o->full_every);
		return PROG_USAGE;
	}
	return create_run(&c);
}

static int
restore(struct opts *o, const char *tree)
{
	struct restore r = {
	    .tree = tree,
	    .id = o->id,
	    .jobs = jobs(o),
	    .jobs_per_storage = (unsigned int)o->jobs_per_storage,
	    .storages = &o->known,
	    .where = &o->where,
	    .remove_all = &o->remove_all,
	    .keep = o->keep_replaced,
	};

	if (check_id(o, NULL) == -1)
		return PROG_USAGE;
	return restore_run(&r);
}

static int
verify(const struct opts *o, const char *tree)
{
	struct survey s = {tree, o->id, jobs(o)};

	if (check_id(o, NULL) == -1)
		return PROG_USAGE;
	return survey_run(&s);
}

static int
do_verb(struct opts *o, const char *verb, char **operands)
{
	if (storages_add_list(&o->known, &o->storages) == -1)
		return PROG_USAGE;
	if (strcmp(verb, "create") == 0)
		return create(o, operands[0]);
	if (strcmp(verb, "discard") == 0)
		return former_discard(&o->known, &o->where);
	if (strcmp(verb, "list") == 0)
		return listing_run(&o->where, &o->filter);
	if (strcmp(verb, "restore") == 0)
		return restore(o, operands[0]);
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
