/* The backups in a backup path. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_CATALOG_H
#define GLB_CATALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "store/info.h"

enum catalog_state {
	CATALOG_COMPLETE, /* published, nothing left out */
	CATALOG_INCOMPLETE, /* published, the report names what is missing */
	CATALOG_UNKNOWN, /* published without a report: the original's */
	CATALOG_DAMAGED, /* its information cannot be read */
	CATALOG_UNREADABLE, /* not ours to read */
	CATALOG_UNFINISHED /* what a run left that did not end */
};

struct catalog_entry {
	char *id; /* the directory's name; of an unfinished one its id */
	char *path;
	enum catalog_state state;
	struct info info; /* zeroed where it could not be read */
	time_t when; /* created, or else when it was last changed */
	uint64_t bytes; /* of all its files */
	/* Of its repositories. */
	char *base; /* id of the backup that they continue; or NULL */
	size_t steps; /* of the chain that they end; 0: not known */
	bool server_side; /* they are in Gitaly's own object storage */
	struct list buckets; /* kinds that have objects in a bucket */
};

struct catalog {
	struct catalog_entry *v; /* oldest first, unfinished ones last */
	size_t n;
};

/*
 * Reads the backup path.  One that does not exist has no backups.  Returns a
 * status; *c is to be freed with catalog_free() in any case.
 */
int catalog_read(const char *backup_path, struct catalog *c);
void catalog_free(struct catalog *c);

/*
 * Is this the name of a directory in which a run works?  Ours are called
 * ".ID.partial", the original's "backupYYYYMMDD-PID-RANDOM".  Returns 1 or 0.
 */
int catalog_left_behind(const char *name);

/*
 * Adds the paths of all that runs of ours left unfinished below backup_path;
 * the original's is not ours to touch.  Reads no backup.  Returns a status.
 */
int catalog_leftovers(const char *backup_path, struct list *paths);

/* "complete", "incomplete", "unknown", "damaged", "unfinished". */
const char *catalog_state_name(enum catalog_state s);

#endif
