/* Backs up Git repositories: lists, bundles, verifies them. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/opt.h"
#include "base/prog.h"
#include "base/status.h"
#include "base/text.h"
#include "db/rows.h"
#include "git/create.h"
#include "git/line.h"
#include "git/names.h"
#include "git/survey.h"
#include "site/options.h"
#include "site/site.h"

struct opts {
	struct site_where where;
	struct rows_filter filter;
	const char *id;
	const char *engine;
	int64_t jobs;
	int64_t jobs_per_storage;
	struct list storages;
};

static const struct opt_verb verbs[] = {
    {"create", "TREE", 1, 1,
	"back up the listed repositories into TREE, and list the results"},
    {"list", "", 0, 0,
	"list the repositories that the database knows, as JSON lines"},
    {"verify", "TREE", 1, 1,
	"look whether all backups in TREE are whole, and list the results"},
    {NULL, NULL, 0, 0, NULL},
};

#define ROW(field) offsetof(struct opts, field)

/* Git is the only engine, so that auto means it, too. */
static const char *const engines[] = {"auto", "git", NULL};

static const struct opt options[] = {
    {"engine", 0, OPT_CHOICE, ROW(engine), "ENGINE", "create",
	"what reads the repositories: auto or git", 0, 0, engines},
    {"id", 0, OPT_STRING, ROW(id), "ID", "create verify",
	"what the backup is called; create needs it", 0, 0, NULL},
    {"jobs", 'j', OPT_NUMBER, ROW(jobs), "N", "create verify",
	"repositories at a time; default: processors", 1, POOL_THREADS_MAX,
	NULL},
    {"jobs-per-storage", 0, OPT_NUMBER, ROW(jobs_per_storage), "N", "create",
	"the same for each storage; default: no limit", 1, POOL_THREADS_MAX,
	NULL},
    {"paths", 0, OPT_COMMAS, ROW(filter.paths), "PATH,...", "list",
	"only these projects and groups", 0, 0, NULL},
    {"skip-paths", 0, OPT_COMMAS, ROW(filter.skip_paths), "PATH,...", "list",
	"not these projects and groups", 0, 0, NULL},
    {"snapshot", 0, OPT_STRING, ROW(filter.snapshot), "ID", "list",
	"read in this exported snapshot", 0, 0, NULL},
    {"storage", 0, OPT_LIST, ROW(storages), "NAME=DIR", "create",
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

/* What print_row() carries from row to row. */
struct listing {
	struct buf line;
	int status;
};

/* Prints one repository.  A rows_fn. */
static int
print_row(const struct rows_repository *r, void *arg)
{
	struct listing *l = arg;
	char *name;

	buf_reset(&l->line);
	if (line_write(&l->line, r) == -1) {
		name = text_line(r->relative_path);
		warnx("%s: left out: its names are not UTF-8", name);
		free(name);
		l->status = PROG_PARTIAL;
		return 0;
	}
	if (fwrite(l->line.data, 1, l->line.len, stdout) != l->line.len) {
		warn("standard output");
		return PROG_FAILED;
	}
	status_add(0, l->line.len, 1);
	return 0;
}

static int
list(const struct opts *o)
{
	struct listing l = {{NULL, 0, 0}, PROG_DONE};
	struct site *site;
	int rc;

	site = site_read(&o->where);
	if (site == NULL)
		return PROG_FAILED;
	rc = PROG_FAILED;
	if (site_become_user(site) == 0)
		rc = prog_worse(
		    rows_read(site, &o->filter, print_row, &l), l.status);
	buf_free(&l.line);
	site_free(site);
	return rc;
}

/* Looks at --id; missing is what is wrong if it is not given, or NULL. */
static int
check_id(const struct opts *o, const char *missing)
{
	const char *bad = o->id == NULL ? missing : names_bad_id(o->id);

	if (bad != NULL)
		warnx("--id: the backup's name %s", bad);
	return bad == NULL ? 0 : -1;
}

static int
create(const struct opts *o, const char *tree)
{
	struct storages storages = {NULL, 0};
	struct create c = {0};
	size_t i;
	int rc = PROG_USAGE;

	if (check_id(o, "is missing") == -1)
		return PROG_USAGE;
	for (i = 0; i < o->storages.n; i++)
		if (storages_add(&storages, o->storages.v[i]) == -1)
			goto out;
	c.tree = tree;
	c.id = o->id;
	c.jobs = o->jobs > 0 ? (unsigned int)o->jobs : pool_default();
	c.jobs_per_storage = (unsigned int)o->jobs_per_storage;
	c.storages = &storages;
	c.where = &o->where;
	rc = create_run(&c);
out:
	storages_free(&storages);
	return rc;
}

static int
verify(const struct opts *o, const char *tree)
{
	struct survey s = {
	    tree, o->id, o->jobs > 0 ? (unsigned int)o->jobs : pool_default()};

	if (check_id(o, NULL) == -1)
		return PROG_USAGE;
	return survey_run(&s);
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
	if (rc != -1)
		return prog_finish(rc);
	status_start();
	rc = verb == &verbs[0]	? create(&o, operands[0])
	    : verb == &verbs[1] ? list(&o)
				: verify(&o, operands[0]);
	status_end();
	list_free(&o.filter.storages);
	list_free(&o.filter.paths);
	list_free(&o.filter.skip_paths);
	list_free(&o.storages);
	return prog_finish(rc);
}
