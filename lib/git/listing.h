/* Prints the list of the repositories that the main database knows. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_LISTING_H
#define GLB_LISTING_H

#include "db/rows.h"

/*
 * Writes a line (git/line.h) to stdout for each repository that f lets pass,
 * as the site's application user if we are root.  Returns a status:
 * PROG_PARTIAL if some had names that no line can hold.
 */
int listing_run(const struct site_where *where, const struct rows_filter *f);

#endif
