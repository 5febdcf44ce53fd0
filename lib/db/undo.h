/* The two ways on from a load: back to the old contents, or without them. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_UNDO_H
#define GLB_UNDO_H

#include <stdbool.h>

#include "db/conn.h"

/*
 * Connects to db to change it: aside_prepare() and aside_lock() are done.
 * Returns a connection, or NULL with a status in *rc.
 */
struct conn *undo_open(const struct site_db *db, int *rc);

/*
 * Puts back what a load that was killed has moved aside, and goes on with a
 * dropping that did not end; with drop, drops what is kept, too.  Returns a
 * status.
 */
int undo_mend(struct conn *c, bool drop);

/*
 * Puts back what db held before a load, finished or not.  Returns a status:
 * PROG_FAILED if it is being dropped, PROG_DONE if there is nothing.
 */
int undo_rollback(const struct site_db *db);

/*
 * Drops what a finished load has kept.  Returns a status: PROG_FAILED if the
 * load did not finish, PROG_DONE if there is nothing.
 */
int undo_discard(const struct site_db *db);

#endif
