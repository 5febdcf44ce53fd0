/* Dropping the contents of a database, as GitLab's own task does. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_CLEAN_H
#define GLB_CLEAN_H

#include "site/site.h"

/*
 * Empties schema_migrations; drops the views and tables of the search path,
 * but not that one and not those of extensions, and GitLab's schemas of
 * partitions.  Each is a transaction of its own, so that the locks suffice
 * whatever the size.  What is gone already is no error.  What a load that was
 * killed has moved aside is put back first; what a finished one has kept
 * stays, with a warning.  Returns a status.
 */
int clean_run(const struct site_db *db);

#endif
