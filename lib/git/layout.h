/* The older layouts of a tree of backups, without manifests. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_LAYOUT_H
#define GLB_LAYOUT_H

#include "git/chain.h"

/*
 * REPO is a repository's path without a ".git" at its end; neither layout has
 * the storage in it.  Gitaly 15.9 to 16.9 wrote
 *
 *	REPO/LATEST				the id of the last full backup
 *	REPO/ID/LATEST				the number of its last step
 *	REPO/ID/001.refs, 001.bundle, 001.custom_hooks.tar, 002.refs ...
 *
 * and what was before it, where 14.1 and older had no list of references:
 *
 *	REPO.bundle, REPO.refs, REPO/custom_hooks.tar
 *
 * The object format is the bundle's.  HEAD is main, else master, else the first
 * branch that has the object that HEAD had; NULL if none has, or HEAD had none.
 */

/* What the number of a step may be, whatever a pointer says. */
#define LAYOUT_STEPS_MAX 40000

/*
 * Each reads the backup of the repository at path.  The first one follows
 * REPO/LATEST, or starts at id unless that is NULL.
 *
 * Fills *c, to be freed with chain_free() whatever is returned.  What is not
 * CHAIN_READ has a reason, the file's name in front, appended to *why; with a
 * pointer that leads nowhere it is CHAIN_DAMAGED.  Silent.
 */
enum chain_found layout_pointer(int root, const char *path, const char *id,
    struct chain *c, struct buf *why);
enum chain_found layout_legacy(
    int root, const char *path, struct chain *c, struct buf *why);

#endif
