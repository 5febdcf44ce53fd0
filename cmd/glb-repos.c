/* Backs up Git repositories: lists them, bundles them. */
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
#include "git/line.h"
#include "site/options.h"
#include "site/site.h"

struct opts {
	struct site_where where;
	struct rows_filter filter;
};

static const struct opt_verb verbs[] = {
    {"list", "", 0, 0,
	"list the repositories that the database knows, as JSON lines"},
    {NULL, NULL, 0, 0, NULL},
};

#define ROW(field) offsetof(struct opts, field)

static const struct opt options[] = {
    SITE_OPTIONS(struct opts, where, NULL),
    {"paths", 0, OPT_COMMAS, ROW(filter.paths), "PATH,...", "list",
	"only these projects and groups", 0, 0, NULL},
    {"skip-paths", 0, OPT_COMMAS, ROW(filter.skip_paths), "PATH,...", "list",
	"not these projects and groups", 0, 0, NULL},
    {"snapshot", 0, OPT_STRING, ROW(filter.snapshot), "ID", "list",
	"read in this exported snapshot", 0, 0, NULL},
    {"storages", 0, OPT_COMMAS, ROW(filter.storages), "NAME,...", "list",
	"only repositories on these storages", 0, 0, NULL},
    {NULL, 0, OPT_FLAG, 0, NULL, NULL, NULL, 0, 0, NULL},
};

static const struct opt_program program = {
    "glb-repos",
    "Backs up Git repositories: a list of them is read or written.",
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
	rc = list(&o);
	status_end();
	list_free(&o.filter.storages);
	list_free(&o.filter.paths);
	list_free(&o.filter.skip_paths);
	return prog_finish(rc);
}
