/* Shares the backups that an increment builds upon with another tree. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_SHARE_H
#define GLB_SHARE_H

#include "git/chain.h"

/*
 * Two trees of backups: from has what is built upon, and only is read; to gets
 * the increment, and is complete in itself afterwards.  From one process to
 * another it makes no difference who writes the increment, so that Gitaly's
 * program, too, finds in the tree to whatever it looks for.
 */
struct share;

/*
 * Opens both trees for a new backup called id; to is made if it is not there.
 * Returns NULL after a warning, so if they are the same, or from has a backup
 * of that name.
 */
struct share *share_open(const char *from, const char *to, const char *id);

/*
 * Brings into the tree to, for the repository at path on storage, whose chain
 * c has been read from the tree from (prior_find() says whether it is fit):
 *
 *	the files of all its steps, by the same names, with their mtimes;
 *	those of the repository's manifests of which each step is one of c's,
 *	but for one of the new backup's name, which a killed run has left;
 *	+latest.toml, equal to the manifest that c was read from.
 *
 * To be called before anything of the new backup is written for it; what has
 * been shared may stay if that fails, as manifests name all of it.
 *
 * Files are hard links, else reflinks, else copies (mode 0600), of which the
 * first is told by a warning "TO: files of FROM are copied: REASON".
 * Manifests are always copied: Gitaly up to 16.11 writes them in place.  No
 * symbolic link is followed in either tree.  What is there already is left
 * as it is if it is the same: for files by inode, or by size and mtime.
 *
 * Returns 0; or -1 with the reason appended to *why, *full set to errno if the
 * tree takes no more (tree_is_full()), and all taken away again that this call
 * has made.  Silent but for that warning.  May be called by many threads at a
 * time, for different repositories.
 */
int share_repository(struct share *s, const char *storage, const char *path,
    const struct chain *c, struct buf *why, int *full);

/*
 * Brings in the markers below backup_ids, with their mtimes: for native runs
 * to be called before tree_finish(), for Gitaly's program before it starts,
 * which looks there for the newest backup.  Returns 0, or -1 after a warning.
 */
int share_markers(struct share *s);

/* Removes its temporary directory and frees s, which may be NULL. */
void share_close(struct share *s);

#endif
