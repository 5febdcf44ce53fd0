/* Backs up every repository of a list, many at a time. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_CREATE_H
#define GLB_CREATE_H

#include <stdbool.h>
#include <stdint.h>

#include "git/storage.h"
#include "site/site.h"

struct create {
	const char *tree; /* directory that the backup goes to */
	bool incremental; /* continue what backups there are in the tree */
	int64_t full_every; /* seconds until a chain is too old; 0: never */
	const char *id; /* names_bad_id() has nothing against it */
	unsigned int jobs; /* repositories at a time */
	unsigned int jobs_per_storage; /* 0: no limit of its own */
	struct storages *storages; /* those known; those of the site join */
	const struct site_where *where; /* read if they do not suffice */
};

/*
 * Reads the list from stdin (git/input.h) and writes a line of JSON to stdout
 * for each repository as soon as it is done.  Returns a status: PROG_PARTIAL
 * if repositories failed, of which each has got a warning; PROG_DAMAGED if
 * the list is damaged, so that the rest of it was not done; PROG_FAILED if
 * nothing more could be done.
 */
int create_run(const struct create *o);

#endif
