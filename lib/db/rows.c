/* The repositories that the main database knows, row by row. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/prog.h"
#include "base/text.h"
#include "db/copy.h"
#include "db/rows.h"
#include "db/rows_sql.h"

/* In the order of the list.  What stands behind both kinds of path. */
static const struct kind {
	enum rows_source source;
	const char *what; /* before the id in messages */
	const char *suffix; /* of the relative path */
	const char *path_suffix; /* of GitLab's path */
	int always_create;
} kinds[] = {
    {ROWS_PROJECTS, "project", ".git", "", 1},
    {ROWS_PROJECTS, "wiki of project", ".wiki.git", ".wiki", 0},
    {ROWS_GROUP_WIKIS, "wiki of group", ".wiki.git", ".wiki", 0},
    {ROWS_DESIGNS, "designs of project", ".design.git", ".design", 0},
    {ROWS_PROJECT_SNIPPETS, "snippet", ".git", "/snippets/", 0},
    {ROWS_PERSONAL_SNIPPETS, "snippet", ".git", "snippets/", 0},
};

struct reading {
	struct conn *conn;
	const struct kind *kind;
	rows_fn *fn;
	void *arg;
	int result; /* so far */
	struct hash *hash;
	struct buf relative, path; /* of the current row */
};

static int
is_empty(const char *s)
{
	return s == NULL || *s == '\0';
}

/* Tells of a row that cannot be listed.  Returns 0: reading goes on. */
static int
left_out(struct reading *r, const char *id, const char *lack)
{
	warnx(
	    "%s %s: left out: no %s in the database", r->kind->what, id, lack);
	r->result = prog_worse(r->result, PROG_PARTIAL);
	return 0;
}

static void
add_hashed(struct buf *out, const char *root, const char *id, struct hash *h)
{
	char hex[HASH_HEX];

	hash_add(h, id, strlen(id));
	hash_end(h, hex);
	buf_puts(out, root);
	buf_putc(out, '/');
	buf_add(out, hex, 2);
	buf_putc(out, '/');
	buf_add(out, hex + 2, 2);
	buf_putc(out, '/');
	buf_puts(out, hex);
}

void
rows_hashed_path(struct buf *out, const char *root, const char *id)
{
	struct hash *h = hash_new();

	add_hashed(out, root, id, h);
	hash_free(h);
}

/* Where project id lies, without the suffix. */
static void
add_project_base(
    struct reading *r, const char *id, const char *path, int legacy)
{
	if (legacy)
		buf_puts(&r->relative, path);
	else
		add_hashed(&r->relative, "@hashed", id, r->hash);
}

/* One row of the query: checked, put together, and given to the caller. */
static int
on_row(char *const fields[COPY_FIELDS], void *arg)
{
	const char *id = fields[ROWS_ID], *path = fields[ROWS_PATH];
	struct reading *r = arg;
	enum rows_source source = r->kind->source;
	struct rows_repository row;

	if (is_empty(id) || id[strspn(id, "0123456789")] != '\0') {
		conn_warn_reason(r->conn, "a repository's id is not a number");
		return PROG_FAILED;
	}
	if (is_empty(fields[ROWS_STORAGE]))
		return left_out(r, id, "storage");
	if (is_empty(path) && source != ROWS_PERSONAL_SNIPPETS)
		return left_out(r, id, "path");
	buf_reset(&r->relative);
	buf_reset(&r->path);
	if (source == ROWS_PROJECTS || source == ROWS_DESIGNS)
		add_project_base(r, id, path, *fields[ROWS_LEGACY] == 't');
	else if (is_empty(fields[ROWS_DISK_PATH]))
		return left_out(r, id, "disk path");
	else
		buf_puts(&r->relative, fields[ROWS_DISK_PATH]);
	buf_puts(&r->relative, r->kind->suffix);
	if (path != NULL)
		buf_puts(&r->path, path);
	buf_puts(&r->path, r->kind->path_suffix);
	if (text_ends(r->kind->path_suffix, "/"))
		buf_puts(&r->path, id);
	row.storage_name = fields[ROWS_STORAGE];
	row.relative_path = buf_str(&r->relative);
	row.gl_project_path = buf_str(&r->path);
	row.always_create = r->kind->always_create;
	return r->fn(&row, r->arg);
}

/*
 * Names those of paths that are neither project nor group: a misspelt name
 * must not look like an empty group.  Returns a status.
 */
static int
check_paths(struct conn *c, const struct list *paths)
{
	struct buf sql = {NULL, 0, 0};
	PGresult *r;
	char *name;
	int i, n;

	if (paths->n == 0)
		return PROG_DONE;
	rows_unknown_query(c, paths, &sql);
	r = conn_query(c, buf_str(&sql));
	buf_free(&sql);
	if (r == NULL)
		return PROG_FAILED;
	n = PQntuples(r);
	for (i = 0; i < n; i++) {
		name = text_line(PQgetvalue(r, i, 0));
		warnx("%s: no such group or project", name);
		free(name);
	}
	PQclear(r);
	return n > 0 ? PROG_PARTIAL : PROG_DONE;
}

/* The same for storages, which gitlab.yml names. */
static int
check_storages(const struct site *s, const struct list *storages)
{
	int rc = PROG_DONE;
	char *name;
	size_t i;

	for (i = 0; i < storages->n; i++) {
		if (site_storage(s, storages->v[i]) != NULL)
			continue;
		name = text_line(storages->v[i]);
		warnx("%s: no such storage in %s", name, s->config);
		free(name);
		rc = PROG_PARTIAL;
	}
	return rc;
}

static int
read_kinds(struct reading *r, const struct rows_schema *schema,
    const struct rows_filter *f)
{
	struct buf sql = {NULL, 0, 0};
	size_t i;
	int rc = 0;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && rc == 0; i++) {
		r->kind = &kinds[i];
		buf_reset(&sql);
		if (rows_query(r->conn, schema, kinds[i].source, f, &sql) == 0)
			rc = copy_rows(
			    r->conn, buf_str(&sql), ROWS_COLUMNS, on_row, r);
	}
	buf_free(&sql);
	return rc != 0 ? rc : r->result;
}

/* Everything inside the transaction. */
static int
read_all(struct reading *r, const struct rows_filter *f)
{
	struct buf sql = {NULL, 0, 0};
	struct rows_schema schema;
	PGresult *begun;
	int rc;

	conn_begin(r->conn, f->snapshot, &sql);
	begun = conn_query(r->conn, buf_str(&sql));
	PQclear(begun);
	buf_free(&sql);
	if (begun == NULL || rows_probe(r->conn, &schema) == -1)
		return PROG_FAILED;
	if (!schema.view[ROWS_PROJECTS] && !schema.table[ROWS_PROJECTS]) {
		conn_warn_reason(r->conn, "this is no GitLab: no projects");
		return PROG_FAILED;
	}
	if (schema.routes) {
		rc = check_paths(r->conn, &f->paths);
		r->result = prog_worse(r->result, rc);
		/* What was to be skipped and is not there leaves nothing out.
		 */
		if (rc != PROG_FAILED)
			rc = check_paths(r->conn, &f->skip_paths);
		if (rc == PROG_FAILED)
			return rc;
	}
	return read_kinds(r, &schema, f);
}

int
rows_read(
    const struct site *s, const struct rows_filter *f, rows_fn *fn, void *arg)
{
	const struct site_db *db = site_db(s, "main");
	struct reading r;
	int rc;

	if (db == NULL) {
		warnx("%s: no database main", s->db_config);
		return PROG_FAILED;
	}
	memset(&r, 0, sizeof(r));
	r.fn = fn;
	r.arg = arg;
	r.hash = hash_new();
	r.result = check_storages(s, &f->storages);
	r.conn = conn_open(db);
	rc = r.conn != NULL ? read_all(&r, f) : PROG_FAILED;
	conn_close(r.conn);
	hash_free(r.hash);
	buf_free(&r.relative);
	buf_free(&r.path);
	return rc;
}
