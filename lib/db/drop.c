/* Dropping what a load has brought, or what it has replaced. */
/* SPDX-License-Identifier: MIT */
#include "base/prog.h"
#include "db/drop.h"
#include "db/objects.h"

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
#define HAS_NEW "NOT " IS_KEPT

/* Schemas that a load has brought. */
#define IS_NEW \
	"NOT " IS_KEPT " AND " OURS \
	" AND n.nspname <> 'public' AND NOT EXISTS (SELECT FROM " \
	"pg_namespace o WHERE o.nspname = 'glb_aside_o_' || n.nspname)"

static const char *const new_ones[] = {KEYS(HAS_NEW), THINGS(HAS_NEW),
    DROP_SCHEMAS(IS_NEW),
    /* A trusted extension that the load has made. */
    "SELECT format('DROP EXTENSION IF EXISTS %I CASCADE', e.extname) "
    "FROM pg_extension e WHERE pg_has_role(e.extowner, 'USAGE') AND NOT "
    "(obj_description(to_regnamespace('glb_aside_o_public'), "
    "'pg_namespace')::jsonb -> 'extensions') ? e.extname"};

static const char *const kept_ones[] = {
    KEYS(IS_DROP), THINGS(IS_DROP), DROP_SCHEMAS(IS_DROP)};

/* All in one statement, so in one transaction. */
static const char give_up[] =
    "DO $glb$ DECLARE s record; BEGIN "
    "FOR s IN SELECT n.nspname FROM pg_namespace n WHERE " IS_OLD " LOOP "
    "EXECUTE format('ALTER SCHEMA %I RENAME TO %I', s.nspname, "
    "'glb_drop_' || substr(s.nspname, 9)); END LOOP; END $glb$";

/*
 * A schema that was kept may have columns of an old type.  To drop the type
 * would drop their values.
 */
static const char in_use[] =
    "SELECT format('%s.%I', c.oid::regclass, a.attname) FROM pg_type t "
    "JOIN pg_namespace n ON n.oid = t.typnamespace "
    "AND (" IS_OLD " OR " IS_DROP
    ") JOIN pg_depend d ON d.refclassid = 'pg_type'::regclass "
    "AND d.refobjid = t.oid AND d.classid = 'pg_class'::regclass "
    "JOIN pg_class c ON c.oid = d.objid AND c.relkind IN ('r', 'p', 'm') "
    "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid "
    "JOIN pg_namespace m ON m.oid = c.relnamespace "
    "AND m.nspname !~ '^glb_(old|drop)_[so]_' LIMIT 1";

int
drop_each(struct conn *c, const char *query)
{
	PGresult *r = conn_query(c, query);
	int i, rc = PROG_DONE;

	if (r == NULL)
		return PROG_FAILED;
	for (i = 0; i < PQntuples(r); i++) {
		rc = prog_worse(rc, conn_run(c, PQgetvalue(r, i, 0)));
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
		rc = prog_worse(rc, drop_each(c, queries[i]));
	return rc;
}

int
drop_new(struct conn *c)
{
	return each_of(c, new_ones, sizeof(new_ones) / sizeof(new_ones[0]));
}

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
drop_kept(struct conn *c)
{
	if (check_in_use(c) != PROG_DONE || conn_run(c, give_up) != PROG_DONE)
		return PROG_FAILED;
	return each_of(c, kept_ones, sizeof(kept_ones) / sizeof(kept_ones[0]));
}
