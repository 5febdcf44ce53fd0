/* The schemas and objects of a database, as parts of SQL. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_OBJECTS_H
#define GLB_OBJECTS_H

#include "db/aside.h" /* what the names of schemas mean */

/* The schemas of a database, n, that are not the system's. */
#define SCHEMAS \
	"n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' " \
	"AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.objid = n.oid " \
	"AND e.classid = 'pg_namespace'::regclass AND e.deptype = 'e') "

/* Those that db/aside.h has made, and all of them as pg_dump names them. */
#define IS_ASIDE "n.nspname ~ '^glb_aside_[so]_'"
#define IS_OLD "n.nspname ~ '^glb_old_[so]_'"
#define IS_DROP "n.nspname ~ '^glb_drop_[so]_'"
#define IS_KEPT "n.nspname ~ '^glb_(aside|old|drop)_[so]_'"
#define KEPT_PATTERN "glb_(aside|old|drop)_[so]_*"

/* We, or a role of ours, own the schema n. */
#define OURS "pg_has_role(n.nspowner, 'USAGE')"

/*
 * The objects of all schemas but the system's: schema, what it is called and
 * of what kind, whose it is, whether it is ours to move, and in which order to
 * drop it.  An owned sequence goes with its table; a multirange is only
 * dropped with its range.  The system does not write down what role 10, the
 * first superuser, owns.
 */
#define OBJECTS \
	"SELECT n.oid AS ns, n.nspname, i.identity, d.classid, " \
	"CASE i.type WHEN 'statistics object' THEN 'STATISTICS' " \
	"WHEN 'composite type' THEN 'TYPE' ELSE upper(i.type) END AS kind, " \
	"CASE WHEN d.classid <> 'pg_class'::regclass THEN 4 " \
	"WHEN c.relkind IN ('v', 'm') THEN 0 WHEN c.relkind = 'p' THEN 3 " \
	"WHEN c.relispartition THEN 1 ELSE 2 END AS rank, w.owner, w.loose, " \
	"w.loose AND pg_has_role(w.owner, 'USAGE') AS ours, " \
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
	"CROSS JOIN LATERAL (SELECT coalesce((SELECT h.refobjid " \
	"FROM pg_shdepend h WHERE h.dbid = (SELECT oid FROM pg_database " \
	"WHERE datname = current_database()) AND h.classid = d.classid " \
	"AND h.objid = d.objid AND h.deptype = 'o'), 10) AS owner, " \
	"d.classid <> 'pg_extension'::regclass AND " \
	"NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = d.classid " \
	"AND e.objid = d.objid AND e.deptype = 'e') AS loose) w " \
	"WHERE " SCHEMAS

#endif
