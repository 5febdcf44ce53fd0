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

/*
 * The databases called names, which end with a NULL, in that order, or those
 * that are dumped if there is no name.  As above, or NULL after a warning.
 */
const struct site_db **names_select(const struct site *s, char *const *names);

/* The database called name if it is dumped, or NULL after a warning. */
const struct site_db *names_find(const struct site *s, const char *name);

#endif
