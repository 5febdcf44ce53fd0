/* The databases of a site as users name them. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_DB_NAMES_H
#define GLB_DB_NAMES_H

#include "site/site.h"

/*
 * The databases that are dumped, main first, behind them a NULL.  The caller
 * frees the array; the databases are the site's.
 */
const struct site_db **names_dumped(const struct site *s);

/* The database called name if it is dumped, or NULL after a warning. */
const struct site_db *names_find(const struct site *s, const char *name);

#endif
