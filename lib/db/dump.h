/* One database as SQL, by pg_dump. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_DUMP_H
#define GLB_DUMP_H

#include "base/buf.h"
#include "site/site.h"

struct dump_options {
	const char *snapshot; /* exported snapshot to dump at; or NULL */
	struct list schemas; /* only these; empty: as backup.pg_schema says */
};

/*
 * Runs pg_dump on db, with our stdout and stderr as its own.  Before that,
 * and before a byte is written, makes sure that pg_dump is there, that the
 * database can be reached, and that pg_dump is not older than the server.
 * The password travels in pg_dump's environment.  Returns a status.
 */
int dump_run(const struct site *s, const struct site_db *db,
    const struct dump_options *o);

/*
 * Asks the server of db for its version and appends it, "15.4"; makes sure
 * first of all that dump_run() makes sure of, with pg_dump's version as
 * dump_program_version() tells it.  Returns a status.
 */
int dump_server_version(
    const struct site_db *db, const char *pg_dump, struct buf *version);

/*
 * Appends the version of one of PostgreSQL's programs, the number in "psql
 * (PostgreSQL) 15.18 (Debian ...)".  Returns 0, or -1 after a warning.
 */
int dump_program_version(const char *program, struct buf *version);

#endif
