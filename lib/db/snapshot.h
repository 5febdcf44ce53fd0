/* One exported snapshot a database, held for whoever dumps. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_SNAPSHOT_H
#define GLB_SNAPSHOT_H

#include <stddef.h>

#include "site/site.h"

/*
 * Connects to all n databases, exports a snapshot of each, as close together
 * as can be, prints "NAME<TAB>SNAPSHOT" lines and closes stdout, so that its
 * reader sees the end of the list.  Then holds the snapshots until stdin
 * ends; what is read there is ignored.  A database that ends its session
 * meanwhile ends the holding at once.  Nothing is printed unless all were
 * exported.  Returns a status.
 */
int snapshot_hold(const struct site_db *const *dbs, size_t n);

#endif
