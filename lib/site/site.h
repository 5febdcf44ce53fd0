/* A GitLab site: where its files, databases, storages and kinds are. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_SITE_H
#define GLB_SITE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* How --context, --gitlab-path and --rails-env override the environment. */
struct site_where {
	const char *context; /* context file; NULL: not given */
	const char *gitlab_path; /* root of GitLab; NULL: not given */
	const char *rails_env; /* section of the files; NULL: not given */
};

/* One database of database.yml that may be dumped. */
struct site_db {
	char *name; /* "main", "ci", ... */
	char *database; /* its name on the server; NULL only if not dumped */
	/*
	 * libpq's parameters by their PG* environment names, "PGHOST=..." in
	 * the form that child_spec.env takes, overrides already applied.
	 */
	struct list env;
	/*
	 * The settings for which libpq has no environment name, "keepalives=1
	 * tcp_user_timeout=0": a part of a connection string; NULL if none.
	 */
	char *conninfo;
	bool dumped; /* false: shared, a replica, geo or embedding */
	char *why; /* if not dumped: the reason, in a few words */
};

/* One repository storage. */
struct site_storage {
	char *name;
	char *address; /* Gitaly's; NULL if none */
	char *token; /* NULL if none; never shown */
	char *path; /* directory of the repositories; NULL if unknown */
};

/* What a connection to object storage says, but for its secrets. */
struct site_connection {
	char *provider; /* "Google"; NULL: not said */
	char *project; /* google_project; or NULL */
	char *universe; /* universe_domain; NULL: googleapis.com */
	bool hmac; /* has the keys of Google's S3-like interface */
};

/* One kind of blobs, a row of the table of kinds joined with the settings. */
struct site_kind {
	const char *id; /* "uploads" */
	const char *title; /* "Uploads" */
	const char *archive; /* "uploads.tar.gz" */
	const char *exclude; /* top-level name left out, or NULL */
	char *dir; /* absolute path, may not exist */
	bool enabled; /* false: switched off in gitlab.yml */
	char *bucket; /* BUCKET[/PREFIX] if kept in a bucket; or NULL */
	struct site_connection connection; /* to that bucket */
};

struct site {
	const char *type; /* "omnibus" or "source" */
	char *root; /* GitLab's root: VERSION, base of relative paths */
	char *context; /* context file; NULL if there was none */
	char *config; /* gitlab.yml */
	char *db_config; /* database.yml */
	char *env; /* "production" */
	char *version; /* contents of VERSION, stripped */
	char *user; /* the application's user, gitlab.user, "git" */
	char *host; /* what the site is called, gitlab.host, "localhost" */
	char *backup_path; /* absolute */
	char *gitaly_backup; /* backup.gitaly_backup_path; NULL: PATH decides */
	char *pg_schema; /* backup.pg_schema; NULL if not set */
	mode_t archive_mode; /* backup.archive_permissions, 0600 */
	int64_t keep_time; /* backup.keep_time, seconds; 0: for ever */
	struct site_db *dbs;
	size_t n_dbs;
	struct site_storage *storages;
	size_t n_storages;
	struct site_kind *kinds; /* in the original's order */
	size_t n_kinds;
	struct site_connection common; /* object_store.connection */
};

/*
 * Finds the site and reads its files.  where may be NULL.  On Omnibus also
 * puts the directory of its programs first on PATH.  Returns a site to free
 * with site_free(), or NULL after one warning that names the file and, where
 * it is known, line and key.  Nothing but files is looked at: no database is
 * opened.  Tables: gitlab-backup(5).
 */
struct site *site_read(const struct site_where *where);
void site_free(struct site *s);

/*
 * The same, with the places of Omnibus looked for below the directory prefix:
 * for tests.
 */
struct site *site_read_below(
    const struct site_where *where, const char *prefix);

/* The database called name, or NULL (silent). */
const struct site_db *site_db(const struct site *s, const char *name);

/* The kind with this id, or NULL (silent). */
const struct site_kind *site_kind(const struct site *s, const char *id);

/*
 * Says that the registry, of which gitlab.yml does not know it, is kept in
 * this BUCKET[/PREFIX], which the common connection leads to.  Returns 0, or
 * -1 (silent) if that is not the name of a bucket.
 */
int site_set_registry(struct site *s, const char *bucket);

/* The storage called name, or NULL (silent). */
const struct site_storage *site_storage(const struct site *s, const char *name);

/*
 * If we are root, becomes the application's user for good, as PostgreSQL's
 * peer authentication and Gitaly want it, and sets HOME, USER and LOGNAME.
 * Returns 0, or -1 after a warning.
 */
int site_become_user(const struct site *s);

#endif
