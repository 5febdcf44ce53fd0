/* Dropping what a load has brought, or what it has replaced. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_DROP_H
#define GLB_DROP_H

#include "db/conn.h"

/*
 * Runs each of the statements that the query gives, each its own transaction,
 * so that no more locks are needed than one of them takes.  Goes on after a
 * failure.  Returns a status.
 */
int drop_each(struct conn *c, const char *query);

/*
 * Drops what is neither aside nor kept (db/aside.h), and the schemas and
 * extensions that were not there before.  Returns a status; after a failure
 * it can be called again.
 */
int drop_new(struct conn *c);

/*
 * Drops what is kept, if any: in one short transaction it gets names by which
 * it cannot be taken for whole, and is then dropped.  Returns a status; after
 * a failure it can be called again.
 */
int drop_kept(struct conn *c);

#endif
