/* The queries that list GitLab's repositories, new or old. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_ROWS_SQL_H
#define GLB_ROWS_SQL_H

#include "base/buf.h"
#include "db/conn.h"
#include "db/rows.h"

enum rows_source {
	ROWS_PROJECTS,
	ROWS_GROUP_WIKIS,
	ROWS_DESIGNS,
	ROWS_PROJECT_SNIPPETS,
	ROWS_PERSONAL_SNIPPETS,
	ROWS_SOURCES
};

/* The columns of every query, in this order. */
enum rows_column {
	ROWS_ID,
	ROWS_STORAGE,
	ROWS_DISK_PATH, /* null where the id decides */
	ROWS_PATH, /* null for personal snippets */
	ROWS_LEGACY, /* t: a project on legacy storage */
	ROWS_COLUMNS
};

/* What the site's GitLab has. */
struct rows_schema {
	int view[ROWS_SOURCES]; /* the view made for this */
	int table[ROWS_SOURCES]; /* the table that says which there are */
	int storage_version; /* projects.storage_version */
	int routes;
};

/* Fills *schema.  Returns 0, or -1 after a warning. */
int rows_probe(struct conn *c, struct rows_schema *schema);

/*
 * Appends the query for one source.  Returns 0, or -1 (silent) if this GitLab
 * knows nothing of the kind.
 */
int rows_query(struct conn *c, const struct rows_schema *schema,
    enum rows_source source, const struct rows_filter *f, struct buf *sql);

/*
 * Appends a query of one column for those of paths that are neither a
 * project nor a group.
 */
void rows_unknown_query(
    struct conn *c, const struct list *paths, struct buf *sql);

#endif
