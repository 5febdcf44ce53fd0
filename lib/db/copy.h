/* The rows of a query as a stream, by COPY. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_COPY_H
#define GLB_COPY_H

#include <stddef.h>

#include "db/conn.h"

#define COPY_FIELDS 32 /* no query or table here has more columns */

/*
 * Cuts one line of COPY's text format into its fields, in place: each of
 * fields becomes a string inside line, or NULL where the database has NULL.
 *
 * The format: fields between tabs, a line feed at the end; \b \f \n \r \t \v
 * and \\ stand for what C means by them, \N alone in a field for NULL, and a
 * backslash before any other character for that character.
 *
 * Returns the number of fields, or COPY_FIELDS + 1 if there are more than
 * COPY_FIELDS.  Silent.
 */
size_t copy_split(char *line, char *fields[COPY_FIELDS]);

/* Called for each row; not 0 ends the reading, and is then returned. */
typedef int copy_fn(char *const fields[COPY_FIELDS], void *arg);

/*
 * Runs the query, which has n columns, and calls fn for each of its rows.
 * One row is in memory at a time.  Returns PROG_DONE, PROG_FAILED after a
 * warning, or what fn returned: then c is in the middle of the rows and only
 * good for conn_close().
 */
int copy_rows(
    struct conn *c, const char *query, size_t n, copy_fn *fn, void *arg);

#endif
