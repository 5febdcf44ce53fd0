/* The queries that list GitLab's repositories, new or old. */
/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "db/rows_sql.h"

#define JOIN_PROJECT_ROUTE(id) \
	"JOIN routes r ON r.source_id = " id " AND r.source_type = 'Project'"
#define SNIPPETS \
	"snippets sn JOIN snippet_repositories sr ON sr.snippet_id = sn.id " \
	"JOIN shards sh ON sh.id = sr.shard_id "

/*
 * One source: the view of GitLab 17.9 to 17.11 and newer, or the tables that
 * the view stands for.  Without the table there is nothing of the kind.  Both
 * selects give id, storage, disk_path, path.
 */
static const struct source {
	const char *view, *table;
	const char *from_view, *from_tables;
} sources[ROWS_SOURCES] = {
    [ROWS_PROJECTS] = {"project_routes_view", "projects",
	"SELECT id, repository_storage AS storage, NULL::text AS disk_path, "
	"path_with_namespace AS path FROM project_routes_view",
	"SELECT p.id, p.repository_storage AS storage, NULL::text AS "
	"disk_path, "
	"r.path FROM projects p " JOIN_PROJECT_ROUTE("p.id")},
    [ROWS_GROUP_WIKIS] = {"group_wikis_routes_view", "group_wiki_repositories",
	"SELECT group_id AS id, repository_storage AS storage, disk_path, "
	"path_with_namespace AS path FROM group_wikis_routes_view",
	"SELECT g.group_id AS id, sh.name AS storage, g.disk_path, r.path "
	"FROM group_wiki_repositories g JOIN routes r ON "
	"r.source_id = g.group_id AND r.source_type = 'Namespace' "
	"JOIN shards sh ON sh.id = g.shard_id"},
    [ROWS_DESIGNS] = {"project_design_management_routes_view",
	"design_management_repositories",
	"SELECT id, repository_storage AS storage, NULL::text AS disk_path, "
	"path_with_namespace AS path "
	"FROM project_design_management_routes_view",
	"SELECT p.id, p.repository_storage AS storage, NULL::text AS "
	"disk_path, "
	"r.path FROM design_management_repositories d "
	"JOIN projects p ON p.id = d.project_id " JOIN_PROJECT_ROUTE("p.id")},
    [ROWS_PROJECT_SNIPPETS] = {"project_snippets_routes_view",
	"snippet_repositories",
	"SELECT id, repository_storage AS storage, disk_path, "
	"path_with_namespace AS path FROM project_snippets_routes_view",
	"SELECT sn.id, sh.name AS storage, sr.disk_path, r.path FROM " SNIPPETS
	    JOIN_PROJECT_ROUTE(
		"sn.project_id") " "
				 "WHERE sn.type = 'ProjectSnippet'"},
    [ROWS_PERSONAL_SNIPPETS] = {"personal_snippets_view",
	"snippet_repositories",
	"SELECT id, repository_storage AS storage, disk_path, NULL::text AS "
	"path "
	"FROM personal_snippets_view",
	"SELECT sn.id, sh.name AS storage, sr.disk_path, NULL::text AS path "
	"FROM " SNIPPETS "WHERE sn.type = 'PersonalSnippet'"},
};

static void
add_exists(struct buf *sql, const char *relation)
{
	buf_printf(sql, "to_regclass('%s') IS NOT NULL, ", relation);
}

int
rows_probe(struct conn *c, struct rows_schema *schema)
{
	struct buf sql = {NULL, 0, 0};
	PGresult *r;
	int i, column = 0;

	buf_puts(&sql, "SELECT ");
	for (i = 0; i < ROWS_SOURCES; i++) {
		add_exists(&sql, sources[i].view);
		add_exists(&sql, sources[i].table);
	}
	add_exists(&sql, "routes");
	buf_puts(&sql,
	    "EXISTS (SELECT FROM pg_catalog.pg_attribute WHERE "
	    "attrelid = to_regclass('projects') AND "
	    "attname = 'storage_version' AND NOT attisdropped)");
	r = conn_query(c, buf_str(&sql));
	buf_free(&sql);
	if (r == NULL)
		return -1;
	for (i = 0; i < ROWS_SOURCES; i++) {
		schema->view[i] = *PQgetvalue(r, 0, column++) == 't';
		schema->table[i] = *PQgetvalue(r, 0, column++) == 't';
	}
	schema->routes = *PQgetvalue(r, 0, column++) == 't';
	schema->storage_version = *PQgetvalue(r, 0, column) == 't';
	PQclear(r);
	return 0;
}

/* Appends path without the slashes at its ends, as a literal. */
static void
add_path(struct conn *c, const char *path, int escape, struct buf *sql)
{
	struct buf b = {NULL, 0, 0};
	size_t i, n;

	path += strspn(path, "/");
	for (n = strlen(path); n > 0 && path[n - 1] == '/'; n--)
		continue;
	for (i = 0; i < n; i++) {
		if (escape && strchr("%_\\", path[i]) != NULL)
			buf_putc(&b, '\\');
		buf_putc(&b, path[i]);
	}
	conn_literal(c, buf_str(&b), sql);
	buf_free(&b);
}

/*
 * Appends the condition that a row is one of paths or below it.  With a slash
 * behind both, one pattern stands for "equal" and for "below".  Routes are
 * unique without regard to case.  A row without a path, a personal snippet, is
 * below nothing.
 */
static void
add_below(struct conn *c, const struct list *paths, struct buf *sql)
{
	size_t i;

	buf_puts(sql, "(lower(v.path) || '/' LIKE ANY (ARRAY[");
	for (i = 0; i < paths->n; i++) {
		buf_puts(sql, i == 0 ? "lower(" : ", lower(");
		add_path(c, paths->v[i], 1, sql);
		buf_puts(sql, ") || '/%'");
	}
	buf_puts(sql, "]))");
}

static void
add_filter(struct conn *c, const struct rows_filter *f, struct buf *sql)
{
	size_t i;

	buf_puts(sql, " WHERE true");
	for (i = 0; i < f->storages.n; i++) {
		buf_puts(sql, i == 0 ? " AND v.storage IN (" : ", ");
		conn_literal(c, f->storages.v[i], sql);
	}
	if (f->storages.n > 0)
		buf_putc(sql, ')');
	if (f->paths.n > 0) {
		buf_puts(sql, " AND ");
		add_below(c, &f->paths, sql);
	}
	if (f->skip_paths.n > 0) {
		buf_puts(sql, " AND ");
		add_below(c, &f->skip_paths, sql);
		buf_puts(sql, " IS NOT TRUE");
	}
}

int
rows_query(struct conn *c, const struct rows_schema *schema,
    enum rows_source source, const struct rows_filter *f, struct buf *sql)
{
	const struct source *s = &sources[source];
	int legacy;

	if (!schema->view[source] && !schema->table[source])
		return -1;
	/* Only what lies beside a project can be on legacy storage. */
	legacy = schema->storage_version &&
	    (source == ROWS_PROJECTS || source == ROWS_DESIGNS);
	buf_printf(sql, "SELECT v.id, v.storage, v.disk_path, v.path, %s ",
	    legacy ? "p.id IS NOT NULL AND coalesce(p.storage_version, 0) = 0"
		   : "false");
	buf_printf(sql, "FROM (%s) v",
	    schema->view[source] ? s->from_view : s->from_tables);
	if (legacy)
		buf_puts(sql, " LEFT JOIN projects p ON p.id = v.id");
	add_filter(c, f, sql);
	buf_puts(sql, " ORDER BY v.id");
	return 0;
}

void
rows_unknown_query(struct conn *c, const struct list *paths, struct buf *sql)
{
	size_t i;

	buf_puts(sql, "SELECT x FROM unnest(ARRAY[");
	for (i = 0; i < paths->n; i++) {
		buf_puts(sql, i == 0 ? "" : ", ");
		add_path(c, paths->v[i], 0, sql);
	}
	buf_puts(sql,
	    "]::text[]) x WHERE NOT EXISTS (SELECT FROM routes r "
	    "WHERE lower(r.path) = lower(x))");
}
