/* Dropping the contents of a database, as GitLab's own task does. */
/* SPDX-License-Identifier: MIT */
#include "base/prog.h"
#include "db/aside.h"
#include "db/clean.h"
#include "db/drop.h"
#include "db/undo.h"

/* The schemas, n, whose tables go; path is what aside_prepare() changes. */
#define PATH \
	"n.nspname = ANY (string_to_array(current_setting('glb.path'), '/'))"
#define PARTITIONS \
	"n.nspname IN ('gitlab_partitions_dynamic', " \
	"'gitlab_partitions_static')"
#define RELATIONS \
	"FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE " \
	"NOT EXISTS (SELECT FROM pg_depend e WHERE e.objid = c.oid " \
	"AND e.classid = 'pg_class'::regclass AND e.deptype = 'e') AND "

/* Everything that follows names schemas itself. */
static const char keep_path[] =
    "SELECT set_config('glb.path', "
    "array_to_string(current_schemas(false), '/'), false)";

static const char *const steps[] = {
    "SELECT format('TRUNCATE TABLE %s', c.oid::regclass) " RELATIONS PATH
    " AND c.relname = 'schema_migrations' AND c.relkind IN ('r', 'p')",
    "SELECT format('DROP %s IF EXISTS %s CASCADE', CASE c.relkind "
    "WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'VIEW' END, "
    "c.oid::regclass) " RELATIONS PATH " AND c.relkind IN ('v', 'm')",
    /* Foreign keys first, or a table would lock those at the other ends. */
    "SELECT format('ALTER TABLE IF EXISTS %s DROP CONSTRAINT IF EXISTS %I', "
    "c.oid::regclass, f.conname) FROM pg_constraint f JOIN pg_class c "
    "ON c.oid = f.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE f.contype = 'f' AND f.conparentid = 0 AND (" PATH " OR " PARTITIONS
    ")",
    /* Partitions before what they are of, or its locks would be all theirs. */
    "SELECT format('DROP TABLE IF EXISTS %s CASCADE', "
    "c.oid::regclass) " RELATIONS "(" PATH " OR " PARTITIONS
    ") AND c.relkind IN ('r', 'p') "
    "AND c.relname <> 'schema_migrations' "
    "ORDER BY c.relkind = 'p', NOT c.relispartition",
    "SELECT format('DROP SCHEMA IF EXISTS %I CASCADE', n.nspname) "
    "FROM pg_namespace n WHERE " PARTITIONS};

static int
run_steps(struct conn *c)
{
	size_t i;
	int rc = PROG_DONE;

	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (PQstatus(c->pg) == CONNECTION_OK)
			rc = prog_worse(rc, drop_each(c, steps[i]));
	return rc;
}

/*
 * What a finished load has kept is not what was asked to be dropped, and with
 * it the database has a way back.
 */
static int
mend(struct conn *c)
{
	enum aside_state state;
	int rc = undo_mend(c, false);

	if (rc == PROG_DONE)
		rc = aside_look(c, &state);
	if (rc == PROG_DONE && state == ASIDE_LOADED)
		conn_warn_reason(c,
		    "what a load has replaced is kept, and stays: run "
		    "glb-dbdump rollback or discard");
	return rc;
}

int
clean_run(const struct site_db *db)
{
	struct conn *c = conn_open(db);
	PGresult *r = NULL;
	int rc = PROG_FAILED;

	if (c != NULL && (r = conn_query(c, keep_path)) != NULL)
		rc = aside_prepare(c);
	PQclear(r);
	if (rc == PROG_DONE)
		rc = aside_lock(c);
	if (rc == PROG_DONE)
		rc = mend(c);
	if (rc == PROG_DONE)
		rc = run_steps(c);
	conn_close(c);
	return rc;
}
