/* Can a database be loaded?  Asked without changing anything. */
/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/prog.h"
#include "base/text.h"
#include "db/aside.h"
#include "db/check.h"
#include "db/conn.h"
#include "db/dump.h"
#include "db/objects.h"
#include "proc/child.h"

/* Our statements need hashtextextended() and pg_constraint.conparentid. */
#define SERVER_OLDEST 110000

/* The objects, x, and the schemas, u, that a load may have to replace. */
#define WITH_USED \
	"WITH x AS (" OBJECTS "), u AS (SELECT n.* FROM pg_namespace n " \
	"WHERE " SCHEMAS "AND NOT " IS_KEPT " AND (n.nspname IN ('public', " \
	"'gitlab_partitions_dynamic', 'gitlab_partitions_static') OR " \
	"EXISTS (SELECT FROM x WHERE x.ns = n.oid AND x.ours))) "

/*
 * Each gives a row a problem.  Rights: db/aside.h creates and renames schemas
 * and moves objects there and back, the dump creates all anew.
 */
static const char *const questions[] = {
    "SELECT 'it is a standby, which can only be read' "
    "WHERE pg_is_in_recovery()",
    "SELECT 'it can only be read: default_transaction_read_only is on' "
    "WHERE current_setting('transaction_read_only') = 'on' "
    "AND NOT pg_is_in_recovery()",
    "SELECT 'another load or clean is at work on it' WHERE EXISTS (SELECT "
    "FROM pg_locks l WHERE l.locktype = 'advisory' "
    "AND l.objsubid = 1 AND l.database = (SELECT oid FROM pg_database "
    "WHERE datname = current_database()) "
    "AND (l.classid::bigint << 32 | l.objid::bigint) = " ASIDE_KEY ")",
    "SELECT format('user %I may not create schemas in it', current_user) "
    "WHERE NOT has_database_privilege(current_database(), 'CREATE')",
    "SELECT 'it has no schema public' "
    "WHERE to_regnamespace('public') IS NULL",
    WITH_USED "SELECT format('user %I may not create objects in schema %I', "
	      "current_user, u.nspname) FROM u WHERE "
	      "NOT has_schema_privilege(u.oid, 'USAGE') "
	      "OR NOT has_schema_privilege(u.oid, 'CREATE') ORDER BY u.nspname",
    WITH_USED "SELECT format('schema %I belongs to %I', n.nspname, "
	      "pg_get_userbyid(n.nspowner)) FROM u n WHERE "
	      "n.nspname <> 'public' AND NOT " OURS " ORDER BY n.nspname",
    "SELECT format('schema %I has too long a name', n.nspname) "
    "FROM pg_namespace n WHERE " SCHEMAS "AND NOT " IS_KEPT
    " AND octet_length(n.nspname::text) > 51 ORDER BY n.nspname"};

/*
 * An object of somebody else stays in the way of the dump's, or, where the
 * schema is ours, the dump drops it, and nothing brings it back: such as
 * pg_shadow_lookup(), by which PgBouncer asks for passwords.
 */
static const char foreign[] =
    WITH_USED "SELECT format('%s %s belongs to %I', lower(y.kind), "
	      "y.identity, pg_get_userbyid(y.owner)) || CASE WHEN y.n > 1 "
	      "THEN format(', and %s more belong to others', y.n - 1) "
	      "ELSE '' END FROM (SELECT x.*, count(*) OVER () AS n "
	      "FROM x JOIN u ON u.oid = x.ns WHERE x.loose AND NOT x.ours "
	      "ORDER BY x.rank, x.identity LIMIT 1) y";

/* Of other users a session without rights sees no backend_type. */
static const char sessions[] =
    "SELECT pid, coalesce(usename, ''), application_name, count(*) OVER () "
    "FROM pg_stat_activity WHERE datname = current_database() "
    "AND pid <> pg_backend_pid() AND usesysid IS NOT NULL "
    "AND coalesce(backend_type, 'client backend') = 'client backend' "
    "ORDER BY backend_start, pid LIMIT 20";

static void
add_problem(json_object *problems, const char *text)
{
	struct buf line = {NULL, 0, 0};

	text_fold(&line, text, strlen(text));
	json_object_array_add(problems, json_object_new_string(buf_str(&line)));
	buf_free(&line);
}

/* The same, warned of; only c's names matter. */
static void
tell_problem(const struct conn *c, json_object *problems, const char *text)
{
	add_problem(problems, text);
	conn_warn_reason(c, text);
}

/* Returns a result, or NULL after the failure has become a problem. */
static PGresult *
ask(struct conn *c, json_object *problems, const char *sql)
{
	PGresult *r = conn_query(c, sql);

	/* conn_query() has warned. */
	if (r == NULL)
		add_problem(problems,
		    c->ended != NULL ? c->ended : PQerrorMessage(c->pg));
	return r;
}

static int
put_bytes(struct conn *c, json_object *o, json_object *problems)
{
	PGresult *r =
	    ask(c, problems, "SELECT pg_database_size(current_database())");

	if (r == NULL)
		return -1;
	js_put_number(
	    o, "bytes", (uint64_t)strtoull(PQgetvalue(r, 0, 0), NULL, 10));
	PQclear(r);
	return 0;
}

static int
put_aside(struct conn *c, json_object *o, json_object *problems)
{
	static const char *const words[] = {
	    [ASIDE_NONE] = "none",
	    [ASIDE_UNFINISHED] = "unfinished",
	    [ASIDE_LOADED] = "kept",
	    [ASIDE_DROPPING] = "dropping",
	};
	enum aside_state state;

	if (aside_look(c, &state) != PROG_DONE) {
		add_problem(problems, PQerrorMessage(c->pg));
		return -1;
	}
	js_put_text(o, "aside", words[state]);
	return 0;
}

static int
put_sessions(struct conn *c, json_object *o, json_object *problems)
{
	PGresult *r = ask(c, problems, sessions);
	json_object *all, *one;
	uint64_t n = 0;
	int i;

	if (r == NULL)
		return -1;
	all = json_object_new_array();
	for (i = 0; i < PQntuples(r); i++) {
		one = json_object_new_object();
		js_put_number(
		    one, "pid", strtoull(PQgetvalue(r, i, 0), NULL, 10));
		js_put_text(one, "user", PQgetvalue(r, i, 1));
		js_put_text(one, "application", PQgetvalue(r, i, 2));
		json_object_array_add(all, one);
		n = strtoull(PQgetvalue(r, i, 3), NULL, 10);
	}
	json_object_object_add(o, "sessions", all);
	js_put_number(o, "n_sessions", n);
	PQclear(r);
	return 0;
}

static int
put_foreign(struct conn *c, json_object *o, json_object *problems)
{
	PGresult *r = ask(c, problems, foreign);
	json_object *all;
	int row;

	if (r == NULL)
		return -1;
	all = json_object_new_array();
	for (row = 0; row < PQntuples(r); row++)
		tell_problem(c, all, PQgetvalue(r, row, 0));
	json_object_object_add(o, "foreign", all);
	PQclear(r);
	return 0;
}

static void
ask_questions(struct conn *c, json_object *problems)
{
	PGresult *r;
	size_t i;
	int row;

	for (i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
		r = ask(c, problems, questions[i]);
		if (r == NULL)
			return;
		for (row = 0; row < PQntuples(r); row++)
			tell_problem(c, problems, PQgetvalue(r, row, 0));
		PQclear(r);
	}
}

/* Fills o from the database that c is open to. */
static void
ask_database(struct conn *c, json_object *o, json_object *problems)
{
	const char *server = PQparameterStatus(c->pg, "server_version");
	struct buf version = {NULL, 0, 0};

	/* "15.4 (Debian 15.4-1)": what is in brackets is the packager's. */
	buf_add(&version, server, strcspn(server, " "));
	js_put_text(o, "server", buf_str(&version));
	buf_free(&version);
	if (PQserverVersion(c->pg) < SERVER_OLDEST) {
		tell_problem(
		    c, problems, "the server is older than PostgreSQL 11");
		return;
	}
	if (aside_prepare(c) != PROG_DONE) {
		add_problem(problems, PQerrorMessage(c->pg));
		return;
	}
	if (put_bytes(c, o, problems) == 0 && put_aside(c, o, problems) == 0 &&
	    put_sessions(c, o, problems) == 0 &&
	    put_foreign(c, o, problems) == 0)
		ask_questions(c, problems);
}

/* The reason why psql cannot be used, or NULL. */
static const char *
psql_problem(void)
{
	struct buf version = {NULL, 0, 0};
	char *path = child_find("psql");
	const char *why = NULL;

	if (path == NULL)
		why = "there is no psql on PATH";
	else if (dump_program_version("psql", &version) == -1)
		why = "psql cannot be run";
	free(path);
	buf_free(&version);
	return why;
}

static int
check_one(const struct site_db *db, const char *psql)
{
	const struct conn named = {.db = db};
	json_object *o = json_object_new_object();
	json_object *problems = json_object_new_array();
	struct buf why = {NULL, 0, 0};
	struct conn *c = conn_try(db, &why);
	int rc;

	js_put_text(o, "database", db->name);
	js_put_text(o, "name", db->database);
	if (c == NULL)
		tell_problem(&named, problems, buf_str(&why));
	else
		ask_database(c, o, problems);
	if (psql != NULL)
		tell_problem(&named, problems, psql);
	rc = json_object_array_length(problems) > 0 ? PROG_FAILED
	    : js_array(o, "foreign") != NULL &&
		json_object_array_length(js_array(o, "foreign")) > 0
	    ? PROG_PARTIAL
	    : PROG_DONE;
	json_object_object_add(o, "problems", problems);
	js_print(stdout, o);
	json_object_put(o);
	conn_close(c);
	buf_free(&why);
	return rc;
}

int
check_run(const struct site_db *const *dbs)
{
	const char *psql = psql_problem();
	int rc = PROG_DONE;

	for (; *dbs != NULL; dbs++)
		rc = prog_worse(rc, check_one(*dbs, psql));
	return rc;
}
