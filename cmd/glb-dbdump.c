/* glb-dbdump: a site's databases as SQL. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/opt.h"
#include "base/prog.h"
#include "base/status.h"
#include "db/check.h"
#include "db/clean.h"
#include "db/dump.h"
#include "db/load.h"
#include "db/names.h"
#include "db/snapshot.h"
#include "db/undo.h"
#include "proc/child.h"
#include "site/options.h"

struct opts {
	struct site_where where;
	struct dump_options dump;
	int with_servers;
	const char *on_error;
	int keep;
};

static const char *const on_error[] = {"stop", "continue", NULL};

static const struct opt options[] = {
    {"keep-replaced", 0, OPT_FLAG, offsetof(struct opts, keep), NULL, "load",
	"keep the old contents aside, for rollback or discard", 0, 0, NULL},
    {"long", 'l', OPT_FLAG, offsetof(struct opts, with_servers), NULL, "list",
	"connect, and print database and server version, too", 0, 0, NULL},
    {"on-error", 0, OPT_CHOICE, offsetof(struct opts, on_error), "WHAT", "load",
	"after a statement that fails: stop (the default) or continue", 0, 0,
	on_error},
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
    {"clean", "DB", 1, 1, "drop the tables and views of a database"},
    {"load", "DB", 1, 1,
	"make a database what the SQL on stdin says, or leave it as it was"},
    {"rollback", "DB", 1, 1,
	"put back what a load has replaced, finished or not"},
    {"discard", "DB", 1, 1, "drop what a load has kept"},
    {"check", "[DB...]", 0, -1, "print whether databases can be loaded"},
    {NULL, NULL, 0, 0, NULL}};

static const struct opt_program program = {"glb-dbdump",
    "Writes the databases of a GitLab site as SQL, and loads them.", verbs,
    options, NULL};

/* "NAME<TAB>DATABASE<TAB>SERVER VERSION", as the server tells. */
static int
list_one(const struct site_db *db, const char *pg_dump)
{
	struct buf version = {NULL, 0, 0};
	int rc = dump_server_version(db, pg_dump, &version);

	if (rc == PROG_DONE)
		printf(
		    "%s\t%s\t%s\n", db->name, db->database, buf_str(&version));
	buf_free(&version);
	return rc;
}

static int
list_long(const struct site_db **dbs)
{
	struct buf pg_dump = {NULL, 0, 0};
	int rc = PROG_FAILED;

	/* Debian's pg_dump is a Perl script: asked once, not per database. */
	if (dump_program_version("pg_dump", &pg_dump) == 0)
		for (rc = PROG_DONE; *dbs != NULL; dbs++)
			rc = prog_worse(rc, list_one(*dbs, buf_str(&pg_dump)));
	buf_free(&pg_dump);
	return rc;
}

static int
list(const struct site *s, int with_servers)
{
	const struct site_db **dbs = names_dumped(s);
	int rc = PROG_DONE;
	size_t i;

	if (with_servers)
		rc = list_long(dbs);
	else
		for (i = 0; dbs[i] != NULL; i++)
			printf("%s\n", dbs[i]->name);
	free(dbs);
	return rc;
}

/* The verbs that take any number of databases. */
static int
several(const struct site *s, const char *verb, char *const *names)
{
	const struct site_db **dbs = names_select(s, names);
	size_t n = 0;
	int rc;

	if (dbs == NULL)
		return PROG_USAGE;
	while (dbs[n] != NULL)
		n++;
	if (strcmp(verb, "check") == 0)
		rc = check_run(dbs);
	else
		rc = snapshot_hold(dbs, n);
	free(dbs);
	return rc;
}

static int
dump(const struct site *s, const struct opts *o, const char *name)
{
	const struct site_db *db = names_find(s, name);

	if (db == NULL)
		return PROG_USAGE;
	child_forward_signals();
	return dump_run(s, db, &o->dump);
}

/* The verbs that change a database. */
static int
change(const struct site *s, const struct opts *o, const char *verb,
    const char *name)
{
	const struct site_db *db = names_find(s, name);
	struct load_options load;

	if (db == NULL)
		return PROG_USAGE;
	if (strcmp(verb, "clean") == 0)
		return clean_run(db);
	if (strcmp(verb, "rollback") == 0)
		return undo_rollback(db);
	if (strcmp(verb, "discard") == 0)
		return undo_discard(db);
	load.go_on =
	    o->on_error != NULL && strcmp(o->on_error, "continue") == 0;
	load.keep = o->keep;
	return load_run(db, &load);
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
	else if (strcmp(verb, "snapshot") == 0 || strcmp(verb, "check") == 0)
		rc = several(s, verb, operands);
	else if (strcmp(verb, "dump") == 0)
		rc = dump(s, o, operands[0]);
	else
		rc = change(s, o, verb, operands[0]);
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
