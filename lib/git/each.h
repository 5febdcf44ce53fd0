/* Does something with every repository of a list, many at a time. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_EACH_H
#define GLB_EACH_H

#include <stdint.h>

#include "git/capture.h"
#include "git/storage.h"
#include "site/site.h"

struct each_spec {
	unsigned int jobs; /* repositories at a time */
	unsigned int jobs_per_storage; /* 0: no limit of its own */
	struct storages *storages; /* those known; those of the site join */
	const struct site_where *where; /* read if they do not suffice */
	const char *full; /* what is told to take no more; NULL: the storage */
	/*
	 * Asked in the thread that reads the list, before the repository
	 * waits for its turn.  Returns NULL, or the reason why it fails, which
	 * is freed.  May be NULL.
	 */
	char *(*admit)(void *arg, struct storage *s, const char *path);
	/*
	 * Does it, in the thread with this number, and says in *r, zeroed,
	 * how it went; what r holds is freed afterwards.  Returns 0, or 1 to
	 * stop everything without a word about it.
	 */
	int (*work)(void *arg, unsigned int worker, struct storage *s,
	    const char *path, struct capture_result *r);
	void *arg;
};

struct each;

/*
 * Prepares the environment of all git that is to run (git/run.h) and looks
 * for git, and for the site if there are no storages.  spec must outlive it.
 * NULL after a warning.
 */
struct each *each_new(const struct each_spec *spec);

/* The environment for git. */
const struct list *each_env(const struct each *e);

/*
 * The storage called name, or NULL; reads the site if it has not been read.
 * To be called by admit() or while nothing works.
 */
struct storage *each_storage(struct each *e, const char *name);

/*
 * Reads the list from stdin (git/input.h) and writes a line of JSON to stdout
 * for each repository as soon as it is done.  Returns a status: PROG_PARTIAL
 * if repositories failed or miss something, which warnings name; PROG_DAMAGED
 * if the list is damaged, so that the rest of it was not done; PROG_FAILED if
 * nothing more could be done.  Sets *done to how many have not failed.
 */
int each_run(struct each *e, uint64_t *done);

void each_free(struct each *e);

#endif
