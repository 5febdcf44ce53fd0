/* SQL back into a database, by psql. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_LOAD_H
#define GLB_LOAD_H

#include <stdbool.h>

#include "site/site.h"

/*
 * Reads a dump on stdin and makes db what it says.  Until all of it is in,
 * what db held is there or comes back (db/aside.h).  With go_on, a statement
 * that fails is warned of and counted, and the next one follows; but a COPY
 * that fails always ends the load.
 *
 * SIGHUP, SIGINT and SIGTERM end the load, and the process when db is as it
 * was.  Returns a status: PROG_DAMAGED if stdin is not a whole dump,
 * PROG_PARTIAL if statements failed or the old contents could not be dropped.
 */
int load_run(const struct site_db *db, bool go_on);

/* Puts back what a load that was killed has moved aside.  Returns a status. */
int load_put_back(const struct site_db *db);

#endif
