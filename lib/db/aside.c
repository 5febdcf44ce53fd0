/* What a load replaces: moved aside, put back, or dropped. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "base/prog.h"
#include "db/aside.h"

/*
 * The objects of all schemas but the system's: schema, what it is called and
 * of what kind, whether it is ours to move, and in which order to drop it.
 * An owned sequence goes with its table; a multirange is only dropped with its
 * range.
 */
#define OBJECTS \
	"SELECT n.oid AS ns, n.nspname, i.identity, d.classid, " \
	"CASE i.type WHEN 'statistics object' THEN 'STATISTICS' " \
	"WHEN 'composite type' THEN 'TYPE' ELSE upper(i.type) END AS kind, " \
	"CASE WHEN d.classid <> 'pg_class'::regclass THEN 4 " \
	"WHEN c.relkind IN ('v', 'm') THEN 0 WHEN c.relkind = 'p' THEN 3 " \
	"WHEN c.relispartition THEN 1 ELSE 2 END AS rank, " \
	"d.classid <> 'pg_extension'::regclass AND " \
	"NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = d.classid " \
	"AND e.objid = d.objid AND e.deptype = 'e') AND " \
	"((SELECT rolsuper FROM pg_roles WHERE rolname = current_user) " \
	"OR EXISTS (SELECT FROM pg_shdepend h WHERE h.dbid = (SELECT oid " \
	"FROM pg_database WHERE datname = current_database()) " \
	"AND h.classid = d.classid AND h.objid = d.objid " \
	"AND h.deptype = 'o' AND pg_has_role(h.refobjid, 'USAGE'))) AS ours, " \
	"coalesce(c.relkind = 'S', false) AND " \
	"EXISTS (SELECT FROM pg_depend e WHERE e.classid = d.classid " \
	"AND e.objid = d.objid AND e.deptype IN ('a', 'i') " \
	"AND e.refclassid = 'pg_class'::regclass) AS follows, " \
	"EXISTS (SELECT FROM pg_depend e WHERE e.classid = d.classid " \
	"AND e.objid = d.objid AND e.deptype = 'i' " \
	"AND e.refclassid = 'pg_type'::regclass) AS inner_type " \
	"FROM pg_namespace n JOIN pg_depend d ON d.refobjid = n.oid " \
	"AND d.refclassid = 'pg_namespace'::regclass " \
	"AND d.deptype = 'n' AND d.objsubid = 0 " \
	"LEFT JOIN pg_class c ON c.oid = d.objid " \
	"AND d.classid = 'pg_class'::regclass " \
	"CROSS JOIN LATERAL pg_identify_object(d.classid, d.objid, 0) i " \
	"WHERE " SCHEMAS

/* The schemas of a database, n, that are not the system's. */
#define SCHEMAS \
	"n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' " \
	"AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.objid = n.oid " \
	"AND e.classid = 'pg_namespace'::regclass AND e.deptype = 'e') "

#define IS_ASIDE "n.nspname ~ '^glb_aside_[so]_'"
#define IS_OLD "n.nspname ~ '^glb_old_[so]_'"
#define OURS "pg_has_role(n.nspowner, 'USAGE')"

/* What a load has brought: schemas that were not there, and in those that
 * stayed, objects. */
#define IS_NEW \
	"NOT " IS_ASIDE " AND NOT " IS_OLD " AND " OURS \
	" AND n.nspname <> 'public' AND NOT EXISTS (SELECT FROM " \
	"pg_namespace o WHERE o.nspname = 'glb_aside_o_' || n.nspname)"

static const char prepare[] =
    "SET search_path = pg_catalog; SET client_min_messages = error; "
    "SET statement_timeout = 0; SET lock_timeout = 0; "
    "SET idle_in_transaction_session_timeout = 0; "
    /* A drop that a crash undoes is done again. */
    "SET synchronous_commit = off";

/* The functions of the two statements must be the system's own. */
#define DO_BEGIN \
	"DO $glb$ DECLARE s record; o record; a text; " \
	"path text := current_setting('search_path'); BEGIN " \
	"PERFORM pg_catalog.set_config('search_path', 'pg_catalog', true); "
#define DO_END "PERFORM set_config('search_path', path, true); END $glb$;\n"

/* In parts: a compiler need not take a longer string. */
static const char *const move[] = {DO_BEGIN
    "PERFORM set_config('lock_timeout', '60s', true); "
    "CREATE SCHEMA glb_aside_o_public; "
    "EXECUTE format('COMMENT ON SCHEMA glb_aside_o_public IS %L', "
    "(SELECT json_agg(extname) FROM pg_extension)); "
    "FOR s IN SELECT n.*, n.nspname <> 'public' AND " OURS
    " AND NOT EXISTS (SELECT FROM (" OBJECTS ") x WHERE x.ns = n.oid "
    "AND NOT x.ours) AS whole FROM pg_namespace n WHERE " SCHEMAS
    "AND NOT " IS_ASIDE " AND NOT " IS_OLD " LOOP ",
    "IF s.whole THEN a := 'glb_aside_s_' || s.nspname; "
    "ELSE a := 'glb_aside_o_' || s.nspname; END IF; "
    "IF length(a) > 63 THEN RAISE EXCEPTION "
    "'schema %: the name is too long', s.nspname; END IF; "
    "IF s.whole THEN "
    "EXECUTE format('ALTER SCHEMA %I RENAME TO %I', s.nspname, a); "
    "ELSE EXECUTE format('CREATE SCHEMA IF NOT EXISTS %I', a); "
    /* Routines first: their names tell the types of their arguments. */
    "FOR o IN SELECT * FROM (" OBJECTS ") x WHERE x.ns = s.oid AND x.ours "
    "AND NOT x.follows ORDER BY x.classid <> 'pg_proc'::regclass, "
    "x.classid <> 'pg_operator'::regclass, x.rank LOOP "
    "EXECUTE format('ALTER %s %s SET SCHEMA %I', o.kind, o.identity, a); "
    "END LOOP; END IF; END LOOP; "
    "PERFORM set_config('lock_timeout', '0', true); " DO_END};

static const char finish[] =
    DO_BEGIN "FOR s IN SELECT n.nspname, substr(n.nspname, 13) AS name "
	     "FROM pg_namespace n WHERE " IS_ASIDE " LOOP "
	     "IF s.nspname ~ '^glb_aside_s_' AND s.name NOT IN "
	     "('gitlab_partitions_dynamic', 'gitlab_partitions_static') "
	     "AND to_regnamespace(quote_ident(s.name)) IS NULL "
	     "THEN a := s.name; ELSE a := 'glb_old_' || substr(s.nspname, 11); "
	     "END IF; "
	     "EXECUTE format('ALTER SCHEMA %I RENAME TO %I', s.nspname, a); "
	     "END LOOP; " DO_END;

static const char put_back[] = DO_BEGIN
    "FOR s IN SELECT n.oid, n.nspname, substr(n.nspname, 13) AS name "
    "FROM pg_namespace n WHERE " IS_ASIDE " LOOP "
    "IF s.nspname ~ '^glb_aside_s_' THEN "
    "EXECUTE format('ALTER SCHEMA %I RENAME TO %I', s.nspname, s.name); "
    "ELSE FOR o IN SELECT * FROM (" OBJECTS ") x WHERE x.ns = s.oid "
    "AND x.ours AND NOT x.follows ORDER BY "
    "x.classid <> 'pg_proc'::regclass, "
    "x.classid <> 'pg_operator'::regclass, x.rank LOOP "
    "EXECUTE format('ALTER %s %s SET SCHEMA %I', o.kind, o.identity, "
    "s.name); END LOOP; "
    "EXECUTE format('DROP SCHEMA %I', s.nspname); "
    "END IF; END LOOP; " DO_END;

/* Foreign keys first: a table that is dropped would lock both ends. */
#define KEYS(where) \
	"SELECT format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS %I', " \
	"f.conrelid::regclass, f.conname) FROM pg_constraint f " \
	"JOIN pg_class t ON t.oid = f.conrelid " \
	"JOIN pg_namespace n ON n.oid = t.relnamespace " \
	"WHERE f.contype = 'f' AND f.conparentid = 0 " \
	"AND pg_has_role(t.relowner, 'USAGE') AND " SCHEMAS "AND " where
#define THINGS(where) \
	"SELECT format('DROP %s IF EXISTS %s CASCADE', x.kind, x.identity) " \
	"FROM (" OBJECTS ") x JOIN pg_namespace n ON n.oid = x.ns " \
	"WHERE x.ours AND NOT x.follows AND NOT x.inner_type AND " where \
	" ORDER BY x.rank"
#define DROP_SCHEMAS(where) \
	"SELECT format('DROP SCHEMA IF EXISTS %I CASCADE', n.nspname) " \
	"FROM pg_namespace n WHERE " SCHEMAS "AND " where

/* In a schema that stays, everything of ours is new. */
#define HAS_NEW "(NOT " IS_ASIDE " AND NOT " IS_OLD ")"

static const char *const drop_new[] = {KEYS(HAS_NEW), THINGS(HAS_NEW),
    DROP_SCHEMAS(IS_NEW),
    /* A trusted extension that the load has made. */
    "SELECT format('DROP EXTENSION IF EXISTS %I CASCADE', e.extname) "
    "FROM pg_extension e WHERE pg_has_role(e.extowner, 'USAGE') AND NOT "
    "obj_description(to_regnamespace('glb_aside_o_public'), "
    "'pg_namespace')::jsonb ? e.extname"};

static const char *const drop_old[] = {
    KEYS(IS_OLD), THINGS(IS_OLD), DROP_SCHEMAS(IS_OLD)};

static int
run(struct conn *c, const char *sql)
{
	PGresult *r = conn_query(c, sql);

	if (r == NULL)
		return PROG_FAILED;
	PQclear(r);
	return PROG_DONE;
}

int
aside_prepare(struct conn *c)
{
	return run(c, prepare);
}

int
aside_lock(struct conn *c)
{
	static const char lock[] =
	    "SELECT pg_try_advisory_lock(hashtextextended('" ASIDE_APPLICATION
	    "', 0))";
	static const char end_others[] =
	    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
	    "WHERE datname = current_database() AND usename = current_user "
	    "AND application_name = '" ASIDE_APPLICATION "'";
	PGresult *r = conn_query(c, lock);
	int got;

	if (r == NULL)
		return PROG_FAILED;
	got = *PQgetvalue(r, 0, 0) == 't';
	PQclear(r);
	if (!got) {
		conn_warn_reason(c, "another load or clean is at work on it");
		return PROG_LOCKED;
	}
	return run(c, end_others);
}

int
aside_look(struct conn *c, enum aside_state *state)
{
	PGresult *r;

	r = conn_query(c,
	    "SELECT count(*) FILTER (WHERE " IS_ASIDE "), "
	    "count(*) FILTER (WHERE " IS_OLD ") FROM pg_namespace n");
	if (r == NULL)
		return PROG_FAILED;
	*state = ASIDE_NONE;
	if (strcmp(PQgetvalue(r, 0, 1), "0") != 0)
		*state = ASIDE_LOADED;
	if (strcmp(PQgetvalue(r, 0, 0), "0") != 0)
		*state = ASIDE_UNFINISHED;
	PQclear(r);
	return PROG_DONE;
}

void
aside_move(struct buf *sql)
{
	size_t i;

	for (i = 0; i < sizeof(move) / sizeof(move[0]); i++)
		buf_puts(sql, move[i]);
}

void
aside_finish(struct buf *sql)
{
	buf_puts(sql, finish);
}

int
aside_each(struct conn *c, const char *query)
{
	PGresult *r = conn_query(c, query);
	int i, rc = PROG_DONE;

	if (r == NULL)
		return PROG_FAILED;
	for (i = 0; i < PQntuples(r); i++) {
		rc = prog_worse(rc, run(c, PQgetvalue(r, i, 0)));
		if (PQstatus(c->pg) != CONNECTION_OK)
			break;
	}
	PQclear(r);
	return rc;
}

static int
each_of(struct conn *c, const char *const *queries, size_t n)
{
	size_t i;
	int rc = PROG_DONE;

	for (i = 0; i < n && PQstatus(c->pg) == CONNECTION_OK; i++)
		rc = prog_worse(rc, aside_each(c, queries[i]));
	return rc;
}

int
aside_put_back(struct conn *c)
{
	int rc;

	rc = each_of(c, drop_new, sizeof(drop_new) / sizeof(drop_new[0]));
	return rc == PROG_DONE ? run(c, put_back) : rc;
}

/*
 * A schema that was kept may have columns of an old type.  To drop the type
 * would drop their values.
 */
static const char in_use[] =
    "SELECT format('%s.%I', c.oid::regclass, a.attname) FROM pg_type t "
    "JOIN pg_namespace n ON n.oid = t.typnamespace AND " IS_OLD
    " JOIN pg_depend d ON d.refclassid = 'pg_type'::regclass "
    "AND d.refobjid = t.oid AND d.classid = 'pg_class'::regclass "
    "JOIN pg_class c ON c.oid = d.objid AND c.relkind IN ('r', 'p', 'm') "
    "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid "
    "JOIN pg_namespace m ON m.oid = c.relnamespace "
    "AND m.nspname !~ '^glb_old_[so]_' LIMIT 1";

/* Returns PROG_FAILED after a warning if there is such a column. */
static int
check_in_use(struct conn *c)
{
	struct buf why = {NULL, 0, 0};
	PGresult *r = conn_query(c, in_use);
	int rc = PROG_DONE;

	if (r == NULL)
		return PROG_FAILED;
	if (PQntuples(r) > 0) {
		buf_printf(&why,
		    "%s has a type of the old contents: drop the "
		    "schemas glb_old_* by hand",
		    PQgetvalue(r, 0, 0));
		conn_warn_reason(c, buf_str(&why));
		rc = PROG_FAILED;
	}
	PQclear(r);
	buf_free(&why);
	return rc;
}

int
aside_drop_old(struct conn *c)
{
	if (check_in_use(c) != PROG_DONE)
		return PROG_FAILED;
	return each_of(c, drop_old, sizeof(drop_old) / sizeof(drop_old[0]));
}
