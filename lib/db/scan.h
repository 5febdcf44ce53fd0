/* The SQL of a dump on its way to psql: what may pass, what may not. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_SCAN_H
#define GLB_SCAN_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct scan;

struct scan_options {
	int server; /* as PQserverVersion() tells */
	/*
	 * Random letters for psql's \restrict, which then runs no backslash
	 * command but those put in here; NULL if this psql does not know it.
	 */
	const char *key;
	/*
	 * After statements of this weight, roughly the locks they take at
	 * most, the transaction is committed and another one begun.
	 */
	int64_t budget;
};

/*
 * Who wants to see the rows themselves.  copy gets the line of each COPY, or
 * NULL at the end of its rows, and rows the bytes between, "\." included, in
 * pieces.  Rows of a COPY that is not one short line come without any copy.
 */
struct scan_watch {
	void (*copy)(void *arg, const char *line);
	void (*rows)(void *arg, const char *p, size_t n);
	void *arg;
};

/* o must outlive the scanner.  Free with scan_free(). */
struct scan *scan_new(const struct scan_options *o);
void scan_free(struct scan *s);

/* From now on rows go to w, which must outlive s, and not to *out. */
void scan_watch(struct scan *s, const struct scan_watch *w);

/*
 * Takes the next n bytes of the dump and appends to *out what psql shall
 * read: the same bytes, rows untouched, except that
 * - the lines "\restrict X", "\unrestrict X", "BEGIN;" and "COMMIT;" (of
 *   large objects), "DROP EXTENSION ...;", "CREATE SCHEMA public;", "DROP
 *   SCHEMA public;", and on servers before 17 "SET transaction_timeout = 0;"
 *   become empty ones,
 * - psql is told to stop at an error before each COPY, and to go on after
 *   it: it would take the rows of a COPY that failed for commands,
 * - transactions end and begin as scan_options.budget says.
 * At most 1024 bytes are held back.
 *
 * Returns 0, or -1 if the dump has what no dump has, such as a command to
 * psql: then scan_reason() says what, and nothing of it is in *out.
 */
int scan_add(struct scan *s, const char *p, size_t n, struct buf *out);

/* The same for the end of the dump. */
int scan_end(struct scan *s, struct buf *out);

/* "line 7: reason".  Lives as long as s. */
const char *scan_reason(struct scan *s);

/* Was pg_dump's closing comment the last thing but comments?  1 or 0. */
int scan_complete(const struct scan *s);

/* The statements that have ended since the last call. */
uint64_t scan_statements(struct scan *s);

/* Appends the line "\restrict KEY" or "\unrestrict KEY", if there is a key. */
void scan_restrict(struct buf *out, const char *key);
void scan_unrestrict(struct buf *out, const char *key);

#endif
