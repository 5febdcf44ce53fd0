/* What a load replaces: moved aside, put back, or dropped. */
/* SPDX-License-Identifier: MIT */
#include "base/prog.h"
#include "db/aside.h"
#include "db/drop.h"
#include "db/objects.h"

static const char prepare[] =
    "SET search_path = pg_catalog; SET client_min_messages = error; "
    "SET statement_timeout = 0; SET lock_timeout = 0; "
    "SET idle_in_transaction_session_timeout = 0; "
    /* A drop that a crash undoes is done again. */
    "SET synchronous_commit = off";

/* The functions of these statements must be the system's own. */
#define DO_BEGIN \
	"DO $glb$ DECLARE s record; o record; a text; " \
	"kept text[] := '{}'; " \
	"path text := current_setting('search_path'); BEGIN " \
	"PERFORM pg_catalog.set_config('search_path', 'pg_catalog', true); "
#define DO_END "PERFORM set_config('search_path', path, true); END $glb$;\n"

/* In parts: a compiler need not take a longer string. */
static const char begin[] = DO_BEGIN;
static const char end[] = DO_END;

/* Moves aside the schemas, n, for which a condition holds that follows. */
static const char move_these[] =
    "PERFORM set_config('lock_timeout', '60s', true); "
    "FOR s IN SELECT n.*, n.nspname <> 'public' AND " OURS
    " AND NOT EXISTS (SELECT FROM (" OBJECTS ") x WHERE x.ns = n.oid "
    "AND NOT x.ours) AS whole FROM pg_namespace n WHERE " SCHEMAS
    "AND NOT " IS_KEPT " AND ";
static const char move_loop[] =
    " LOOP IF s.whole THEN a := 'glb_aside_s_' || s.nspname; "
    "ELSE a := 'glb_aside_o_' || s.nspname; END IF; "
    "IF octet_length(a) > 63 THEN RAISE EXCEPTION "
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
    "PERFORM set_config('lock_timeout', '0', true); ";

/* What was there before the load: its comment says it as long as needed. */
static const char before[] =
    "CREATE SCHEMA glb_aside_o_public; "
    "EXECUTE format('COMMENT ON SCHEMA glb_aside_o_public IS %L', "
    "json_build_object('extensions', (SELECT coalesce(json_agg(extname), "
    "'[]') FROM pg_extension))); ";

/* Moves the schema s back to the name s.name. */
#define MOVE_BACK \
	"IF s.nspname ~ '^glb_aside_s_' THEN " \
	"EXECUTE format('ALTER SCHEMA %I RENAME TO %I', s.nspname, s.name); " \
	"ELSE FOR o IN SELECT * FROM (" OBJECTS ") x WHERE x.ns = s.oid " \
	"AND x.ours AND NOT x.follows ORDER BY " \
	"x.classid <> 'pg_proc'::regclass, " \
	"x.classid <> 'pg_operator'::regclass, x.rank LOOP " \
	"EXECUTE format('ALTER %s %s SET SCHEMA %I', o.kind, o.identity, " \
	"s.name); END LOOP; " \
	"EXECUTE format('DROP SCHEMA %I', s.nspname); END IF; "

/* The schemas aside, and whether the load has brought nothing like them. */
static const char finish_these[] =
    "FOR s IN SELECT n.oid, n.nspname, substr(n.nspname, 13) AS name, "
    "substr(n.nspname, 13) NOT IN ('public', 'gitlab_partitions_dynamic', "
    "'gitlab_partitions_static') AND NOT EXISTS (SELECT FROM (" OBJECTS
    ") x WHERE x.nspname = substr(n.nspname, 13) AND x.ours) AND "
    "(n.nspname ~ '^glb_aside_o_' OR to_regnamespace(quote_ident("
    "substr(n.nspname, 13))) IS NULL) AS stays "
    "FROM pg_namespace n WHERE " IS_ASIDE " LOOP IF s.stays THEN ";
static const char finish_loop[] =
    "kept := kept || s.name; " MOVE_BACK
    "ELSE EXECUTE format('ALTER SCHEMA %I RENAME TO %I', s.nspname, "
    "'glb_old_' || substr(s.nspname, 11)); END IF; END LOOP; "
    "EXECUTE format('COMMENT ON SCHEMA glb_old_o_public IS %L', "
    "obj_description(to_regnamespace('glb_old_o_public'), "
    "'pg_namespace')::jsonb || "
    "jsonb_build_object('kept', to_jsonb(kept))); ";

/* Without the list of what stayed, that would be dropped as new. */
static const char read_kept[] =
    "a := obj_description(to_regnamespace('glb_old_o_public'), "
    "'pg_namespace')::jsonb ->> 'kept'; IF a IS NULL THEN RAISE EXCEPTION "
    "'the comment of schema glb_old_o_public is gone'; END IF; "
    "kept := ARRAY(SELECT jsonb_array_elements_text(a::jsonb)); ";
static const char rename_old[] =
    "FOR s IN SELECT n.nspname FROM pg_namespace n WHERE " IS_OLD " LOOP "
    "EXECUTE format('ALTER SCHEMA %I RENAME TO %I', s.nspname, "
    "'glb_aside_' || substr(s.nspname, 9)); END LOOP; ";

/* With it everything before it is on the disk, too. */
static const char put_back[] =
    DO_BEGIN "PERFORM set_config('synchronous_commit', 'local', true); "
	     "FOR s IN SELECT n.oid, n.nspname, substr(n.nspname, 13) AS name "
	     "FROM pg_namespace n WHERE " IS_ASIDE " LOOP " MOVE_BACK
	     "END LOOP; " DO_END;

int
aside_prepare(struct conn *c)
{
	return conn_run(c, prepare);
}

int
aside_lock(struct conn *c)
{
	static const char lock[] = "SELECT pg_try_advisory_lock(" ASIDE_KEY ")";
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
	return conn_run(c, end_others);
}

int
aside_look(struct conn *c, enum aside_state *state)
{
	static const enum aside_state states[] = {
	    ASIDE_NONE, ASIDE_DROPPING, ASIDE_LOADED, ASIDE_UNFINISHED};
	PGresult *r;

	r = conn_query(c,
	    "SELECT coalesce(max(CASE WHEN " IS_ASIDE " THEN 3 WHEN " IS_OLD
	    " THEN 2 WHEN " IS_DROP " THEN 1 END), 0) FROM pg_namespace n");
	if (r == NULL)
		return PROG_FAILED;
	*state = states[*PQgetvalue(r, 0, 0) - '0'];
	PQclear(r);
	return PROG_DONE;
}

static void
add_all(struct buf *sql, const char *const *parts)
{
	for (; *parts != NULL; parts++)
		buf_puts(sql, *parts);
}

void
aside_move(struct buf *sql)
{
	static const char *const parts[] = {
	    begin, before, move_these, "true", move_loop, end, NULL};

	add_all(sql, parts);
}

void
aside_finish(struct buf *sql)
{
	static const char *const parts[] = {
	    begin, finish_these, finish_loop, end, NULL};

	add_all(sql, parts);
}

int
aside_unfinish(struct conn *c)
{
	static const char *const parts[] = {begin, read_kept, move_these,
	    "n.nspname = ANY (kept)", move_loop, rename_old, end, NULL};
	struct buf sql = {NULL, 0, 0};
	int rc;

	add_all(&sql, parts);
	rc = conn_run(c, buf_str(&sql));
	buf_free(&sql);
	return rc;
}

int
aside_put_back(struct conn *c)
{
	int rc = drop_new(c);

	return rc == PROG_DONE ? conn_run(c, put_back) : rc;
}
