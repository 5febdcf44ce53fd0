/* Brings the repositories of a list back from a tree of backups. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_RESTORE_H
#define GLB_RESTORE_H

#include <stdbool.h>

#include "git/storage.h"
#include "site/site.h"

struct restore {
	const char *tree; /* of backups */
	const char *id; /* which backup; NULL: the newest */
	unsigned int jobs; /* repositories at a time */
	unsigned int jobs_per_storage; /* 0: no limit of its own */
	struct storages *storages; /* those known; those of the site join */
	const struct site_where *where; /* read if they do not suffice */
	const struct list *remove_all; /* storages that get nothing else */
	bool keep; /* what was replaced */
};

/*
 * Reads the list from stdin and writes the results to stdout, as each_run()
 * says.  Each repository is made beside the one that is there, which it then
 * replaces in one step; those replaced are kept (git/place.h) until all have
 * succeeded, or for good.  After complete success, the repositories that the
 * list did not name are removed from the storages of remove_all, but not if
 * it named none there.  Returns a status.
 *
 * SIGHUP, SIGINT and SIGTERM end the programs that run, have everything
 * cleaned up that is not finished, and then end this process.
 */
int restore_run(const struct restore *o);

#endif
