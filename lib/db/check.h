/* Can a database be loaded?  Asked without changing anything. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_CHECK_H
#define GLB_CHECK_H

#include "site/site.h"

/*
 * Prints one JSON object a line for each of dbs, which end with a NULL:
 * {"database":"main","name":"gitlabhq_production","server":"15.14",
 * "bytes":1,"aside":"none|unfinished|kept|dropping","sessions":[{"pid":1,
 * "user":"u","application":"a"}],"n_sessions":1,"foreign":["table t belongs
 * to x"],"problems":["reason"]}.
 * Of the other clients' sessions, n_sessions, at most 20 are listed; they are
 * no problem.  foreign is what belongs to others where the dump puts its own,
 * and no way back.  Problems and that are warned of, too.  A database that
 * cannot be asked has its two names and "problems" only.  Returns PROG_DONE,
 * PROG_FAILED if there are problems, PROG_PARTIAL if something is foreign.
 */
int check_run(const struct site_db *const *dbs);

#endif
