/* SQL back into a database, by psql. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_LOAD_H
#define GLB_LOAD_H

#include <stdbool.h>

#include "site/site.h"

struct load_options {
	bool go_on; /* after a statement that fails */
	bool keep; /* what db held stays, for db/undo.h */
};

/*
 * Reads a dump on stdin and makes db what it says.  Until all of it is in,
 * what db held is there or comes back (db/aside.h).  What an earlier load has
 * kept is dropped before.  If statements may fail, each that does is warned
 * of and counted; but a COPY that fails always ends the load.
 *
 * SIGHUP, SIGINT and SIGTERM end the load, and the process when db is as it
 * was.  Returns a status: PROG_DAMAGED if stdin is not a whole dump,
 * PROG_PARTIAL if statements failed or the old contents could not be dropped.
 */
int load_run(const struct site_db *db, const struct load_options *o);

#endif
