/* glb-dbdump: a site's databases as SQL. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/opt.h"
#include "base/prog.h"
#include "base/status.h"
#include "base/text.h"
#include "db/dump.h"
#include "db/snapshot.h"
#include "proc/child.h"
#include "site/options.h"

struct opts {
	struct site_where where;
	struct dump_options dump;
	int with_servers;
};

static const struct opt options[] = {
    {"long", 'l', OPT_FLAG, offsetof(struct opts, with_servers), NULL, "list",
	"connect, and print database and server version, too", 0, 0, NULL},
    {"schema", 0, OPT_LIST, offsetof(struct opts, dump.schemas), "S", "dump",
	"dump only this schema; may be repeated", 0, 0, NULL},
    {"snapshot", 0, OPT_STRING, offsetof(struct opts, dump.snapshot), "ID",
	"dump", "dump what this exported snapshot sees", 0, 0, NULL},
    SITE_OPTIONS(struct opts, where, NULL),
    {NULL, 0, OPT_FLAG, 0, NULL, NULL, NULL, 0, 0, NULL}};

static const struct opt_verb verbs[] = {
    {"list", "", 0, 0, "print the databases of the site, one a line"},
    {"snapshot", "[DB...]", 0, -1,
	"export a snapshot a database; hold them until stdin ends"},
    {"dump", "DB", 1, 1, "write a database to stdout as SQL"},
    {NULL, NULL, 0, 0, NULL}};

static const struct opt_program program = {"glb-dbdump",
    "Writes the databases of a GitLab site as SQL.", verbs, options, NULL};

/* The databases that are dumped, main first, behind them a NULL. */
static const struct site_db **
dumped(const struct site *s)
{
	const struct site_db **dbs = xcalloc(s->n_dbs + 1, sizeof(*dbs));
	size_t i, n = 0;
	int others;

	for (others = 0; others <= 1; others++)
		for (i = 0; i < s->n_dbs; i++)
			if (s->dbs[i].dumped &&
			    (strcmp(s->dbs[i].name, "main") != 0) == others)
				dbs[n++] = &s->dbs[i];
	return dbs;
}

static void
warn_unknown(const struct site *s, const char *name)
{
	const struct site_db **dbs = dumped(s);
	struct list names = {NULL, 0};
	struct buf all = {NULL, 0, 0};
	const char *near;
	size_t i;

	for (i = 0; dbs[i] != NULL; i++) {
		list_add(&names, dbs[i]->name);
		buf_printf(&all, "%s%s", i > 0 ? ", " : "", dbs[i]->name);
	}
	near = i > 0 ? text_nearest(name, (const char *const *)names.v) : NULL;
	if (near != NULL)
		warnx("%s: unknown database; did you mean %s?", name, near);
	else
		warnx(
		    "%s: unknown database; there are: %s", name, buf_str(&all));
	buf_free(&all);
	list_free(&names);
	free(dbs);
}

/* The database that the user calls name, or NULL after a warning. */
static const struct site_db *
find(const struct site *s, const char *name)
{
	const struct site_db *db = site_db(s, name);

	if (db == NULL) {
		warn_unknown(s, name);
		return NULL;
	}
	if (!db->dumped) {
		warnx("%s: not dumped: %s", name, db->why);
		return NULL;
	}
	return db;
}

/* "NAME<TAB>DATABASE<TAB>SERVER VERSION", as the server tells. */
static int
list_long(const struct site_db *db)
{
	struct buf version = {NULL, 0, 0};
	int rc = dump_server_version(db, &version);

	if (rc == PROG_DONE)
		printf(
		    "%s\t%s\t%s\n", db->name, db->database, buf_str(&version));
	buf_free(&version);
	return rc;
}

static int
list(const struct site *s, int with_servers)
{
	const struct site_db **dbs = dumped(s);
	int rc = PROG_DONE;
	size_t i;

	for (i = 0; dbs[i] != NULL; i++)
		if (with_servers)
			rc = prog_worse(rc, list_long(dbs[i]));
		else
			printf("%s\n", dbs[i]->name);
	free(dbs);
	return rc;
}

static int
snapshot(const struct site *s, char *const *names)
{
	const struct site_db **dbs = dumped(s);
	size_t n;
	int rc = PROG_USAGE;

	if (*names != NULL) {
		for (n = 0; names[n] != NULL; n++)
			continue;
		dbs = xreallocarray(dbs, n + 1, sizeof(*dbs));
		for (n = 0; names[n] != NULL; n++)
			if ((dbs[n] = find(s, names[n])) == NULL)
				goto out;
		dbs[n] = NULL;
	}
	for (n = 0; dbs[n] != NULL; n++)
		continue;
	rc = snapshot_hold(dbs, n);
out:
	free(dbs);
	return rc;
}

static int
dump(const struct site *s, const struct opts *o, const char *name)
{
	const struct site_db *db = find(s, name);

	if (db == NULL)
		return PROG_USAGE;
	child_forward_signals();
	return dump_run(s, db, &o->dump);
}

static int
run(const struct opts *o, const char *verb, char **operands)
{
	struct site *s;
	int rc;

	status_start();
	s = site_read(&o->where);
	if (s == NULL || site_become_user(s) == -1)
		rc = PROG_FAILED;
	else if (strcmp(verb, "list") == 0)
		rc = list(s, o->with_servers);
	else if (strcmp(verb, "snapshot") == 0)
		rc = snapshot(s, operands);
	else
		rc = dump(s, o, operands[0]);
	status_end();
	site_free(s);
	return rc;
}

int
main(int argc, char *argv[])
{
	const struct opt_verb *verb;
	struct opts o;
	char **operands;
	int rc;

	prog_start();
	signal(SIGPIPE, SIG_IGN);
	memset(&o, 0, sizeof(o));
	rc = opt_parse(&program, argc, argv, &o, &verb, &operands);
	if (rc == -1)
		rc = run(&o, verb->name, operands);
	list_free(&o.dump.schemas);
	return prog_finish(rc);
}
