/* What gitaly-backup has written into our tree: looked at, and completed. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_GITALY_BACKUP_TREE_H
#define GLB_GITALY_BACKUP_TREE_H

#include "git/capture.h"
#include "git/chain.h"
#include "git/gitaly_backup_era.h"

/*
 * Says in *r, zeroed, what the backup c of a repository holds: its references,
 * the steps, and the bytes of the last step, or with all of all of them.  It
 * has failed if the last step lacks a file, or is marked as empty and is not.
 * The caller frees r->error.  Silent.
 */
void gitaly_backup_tree_look(
    int root, const struct chain *c, bool all, struct capture_result *r);

struct gitaly_backup_tree;

/*
 * Opens the tree for a backup called id, as tree_open() does.  Returns NULL
 * after a warning.
 */
struct gitaly_backup_tree *gitaly_backup_tree_open(
    const char *path, const char *id, const struct gitaly_backup_era *era);

/* Is there something of this repository's under the id already? */
bool gitaly_backup_tree_has(
    const struct gitaly_backup_tree *t, const char *storage, const char *path);

/*
 * Each says in *r, zeroed, what became of the repository; the caller frees
 * r->error.  After that a failed one has left nothing under the id.  Silent.
 *
 * completed: there must be a backup now.
 */
void gitaly_backup_tree_completed(const struct gitaly_backup_tree *t,
    const char *storage, const char *path, struct capture_result *r);

/*
 * skipped: older versions write nothing about a repository that is missing or
 * has nothing new; so that the backup is complete, it is written here.
 */
void gitaly_backup_tree_skipped(const struct gitaly_backup_tree *t,
    const char *storage, const char *path, struct capture_result *r);

/* failed: what it may have left under the id is removed. */
void gitaly_backup_tree_failed(
    const struct gitaly_backup_tree *t, const char *storage, const char *path);

/*
 * Ends the run: whole: makes everything durable and marks the id as that of
 * a finished backup; else it stays unfinished, whatever Gitaly has marked.
 * Returns 0, or -1 after a warning.  Frees t, which may be NULL.
 */
int gitaly_backup_tree_close(struct gitaly_backup_tree *t, bool whole);

#endif
