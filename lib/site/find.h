/* Where the site is: its root and its two files. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_FIND_H
#define GLB_FIND_H

#include "site/site.h"

/* The places of an Omnibus installation. */
enum find_place {
	FIND_ROOT, /* GitLab's root */
	FIND_BIN, /* pg_dump, psql, git, gitaly-backup */
	FIND_CONFIG, /* gitlab.yml */
	FIND_DATABASE, /* database.yml */
	FIND_GITALY, /* Gitaly's config.toml */
	FIND_BACKUPS, /* where backups go unless told */
	FIND_CONTEXT, /* context file */
	FIND_CONTEXT_OLD, /* its older names */
	FIND_CONTEXT_OLDER
};

/* The absolute path of a place, below prefix, in fresh memory. */
char *find_place(const char *prefix, enum find_place p);

/*
 * Sets type, root, context, config and db_config of s, none of which need
 * exist then but the context file.  What decides, the first that is there:
 * where->context, where->gitlab_path (both: a context file whose root is
 * overridden); GITLAB_BACKUP_CONTEXT_FILE, GITLAB_BACKUP_CLI_CONFIG_FILE;
 * GITLAB_PATH; Omnibus's own context files; Omnibus's gitlab.yml.  A named
 * file that is missing is an error, not a reason to look further.  prefix
 * stands before Omnibus's places: "" but in tests.  Returns 0, or -1 after a
 * warning.
 */
int find_site(
    const struct site_where *where, const char *prefix, struct site *s);

#endif
