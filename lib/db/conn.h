/* Connections to a site's databases: the one place that opens them. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_CONN_H
#define GLB_CONN_H

#include <libpq-fe.h>

#include "base/buf.h"
#include "site/site.h"

struct conn {
	const struct site_db *db; /* not ours */
	PGconn *pg;
	char *ended; /* the server's last words, when it ended us; or NULL */
};

/*
 * Connects to db as its parameters and libpq's own environment say, out of
 * which it takes what would win over them, for pg_dump too; waits 10 seconds
 * for each address unless they say otherwise.  db must outlive the
 * connection.  Returns a connection for conn_close(), or NULL after a warning
 * "database NAME (DATABASE): reason".
 */
struct conn *conn_open(const struct site_db *db);

/*
 * The same without a word: the reason is appended to *why, folded to one
 * line.
 */
struct conn *conn_try(const struct site_db *db, struct buf *why);

/* Closes c, which may be NULL; an open transaction is rolled back. */
void conn_close(struct conn *c);

/* Warns "database NAME (DATABASE): reason"; the reason is folded. */
void conn_warn_reason(const struct conn *c, const char *reason);

/* The same with what libpq or the server gave as the reason of a failure. */
void conn_warn(const struct conn *c);

/*
 * Appends the statements that open a transaction for reading, at the exported
 * snapshot if that is not NULL, without any time limit.  They end in "; ".
 * The limits are set for the transaction alone and not when connecting, for
 * PgBouncer refuses startup options and may give the session to others.
 */
void conn_begin(const struct conn *c, const char *snapshot, struct buf *sql);

/* Appends s as an SQL literal. */
void conn_literal(const struct conn *c, const char *s, struct buf *sql);

/*
 * Collects what a query sent before gives: the result of its last statement,
 * which the caller frees with PQclear().  NULL after a warning if any of its
 * statements failed.
 */
PGresult *conn_result(struct conn *c);

/* Sends sql, one statement or several, and collects as conn_result() does. */
PGresult *conn_query(struct conn *c, const char *sql);

/* The same for what gives no rows.  Returns PROG_DONE or PROG_FAILED. */
int conn_run(struct conn *c, const char *sql);

/*
 * Appends the operand that names db's database to pg_dump, psql and libpq: its
 * name, or a connection string where there are settings without a name in
 * the environment, or where the name itself looks like such a string.
 */
void conn_operand(const struct site_db *db, struct buf *out);

#endif
