/* The backups whose steps a backup's repositories are made of: its chain. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_MARKERS_H
#define GLB_MARKERS_H

#include <stddef.h>

#include <json-c/json.h>

/*
 * Each run leaves an empty file repositories/backup_ids/ID, and a backup that
 * continues another carries that one's.  By their times they are the chain.
 */
#define MARKERS_DIR "repositories/backup_ids"

/* How many the backup, the directory fd, has; 0 if none can be seen. */
size_t markers_count(int fd);

/*
 * Those of the backup in dir, oldest first, as an array of objects with "id"
 * and "at", their time in UTC; to be put back to json-c.  Silent.
 */
json_object *markers_array(const char *dir);

#endif
