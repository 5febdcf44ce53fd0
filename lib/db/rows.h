/* The repositories that the main database knows, row by row. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_ROWS_H
#define GLB_ROWS_H

#include <stddef.h>

#include "base/buf.h"
#include "site/site.h"

struct rows_filter {
	const char *snapshot; /* exported snapshot to read in; or NULL */
	struct list storages; /* only these; empty: all */
	struct list paths; /* only these groups and projects; empty: all */
	struct list skip_paths; /* not these */
};

struct rows_repository {
	const char *storage_name;
	const char *relative_path; /* with ".git" */
	const char *gl_project_path; /* what GitLab calls it */
	int always_create; /* 1 for project repositories */
};

/* Appends where GitLab puts what has this id: "@hashed/aa/bb/<SHA-256>". */
void rows_hashed_path(struct buf *out, const char *root, const char *id);

/* Called for each row; not 0 ends the reading, and is then returned. */
typedef int rows_fn(const struct rows_repository *r, void *arg);

/*
 * Streams every repository in constant memory, in this order: projects,
 * their wikis, group wikis, designs, project snippets, personal snippets,
 * each by id.  Reads the views where they exist (GitLab 17.11), else the
 * tables.  Returns a status (base/prog.h) after warning, or what fn returned.
 */
int rows_read(
    const struct site *s, const struct rows_filter *f, rows_fn *fn, void *arg);

#endif
