/* The repositories that gitaly-backup has been told, and not answered yet. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_GITALY_BACKUP_SENT_H
#define GLB_GITALY_BACKUP_SENT_H

#include <stddef.h>

/* A set of (storage, path).  One thread at a time. */
struct gitaly_backup_sent;

struct gitaly_backup_sent *gitaly_backup_sent_new(void);

/* Returns 0, or -1 if it is in there. */
int gitaly_backup_sent_add(
    struct gitaly_backup_sent *s, const char *storage, const char *path);

/* Returns 0, or -1 if it is not in there. */
int gitaly_backup_sent_remove(
    struct gitaly_backup_sent *s, const char *storage, const char *path);

size_t gitaly_backup_sent_count(const struct gitaly_backup_sent *s);

/*
 * Takes any one out.  Returns 1 with its names, both to be freed by the
 * caller, or 0 if there is none.
 */
int gitaly_backup_sent_any(
    struct gitaly_backup_sent *s, char **storage, char **path);

void gitaly_backup_sent_free(struct gitaly_backup_sent *s);

#endif
