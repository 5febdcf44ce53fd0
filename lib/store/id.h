/* What backups are called, and where they lie in the backup path. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_ID_H
#define GLB_ID_H

#include <time.h>

/*
 * The id that GitLab would give a backup made at t (UTC) of this version:
 * EPOCH_YYYY_MM_DD_VERSION.  The caller frees it.
 */
char *id_make(time_t t, const char *gitlab_version);

/*
 * Is id fit to be the name of a directory?  Returns NULL, or what is wrong
 * with it: empty, too long, a slash, a leading dot, a control character, not
 * UTF-8, "latest", or a name that catalog_read() takes for unfinished work.
 */
const char *id_wrong(const char *id);

/* The directory in which backup id is made, "DIR/.ID.partial"; to be freed. */
char *id_partial(const char *backup_path, const char *id);

/*
 * Finds the backup that id means below backup_path: a full id, a unique
 * prefix of one, "latest", or, with a slash in it, the path of a directory.
 * Unfinished ones are never found.  Returns its path, which the caller
 * frees, or NULL after a warning.
 */
char *id_find(const char *backup_path, const char *id);

#endif
