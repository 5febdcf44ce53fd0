/* The newest backup of a repository: what an increment builds upon. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_PRIOR_H
#define GLB_PRIOR_H

#include <stdint.h>

#include "git/chain.h"

/* A tree of backups; its functions may be called by many threads at a time. */
struct prior;

/*
 * Opens the tree.  A chain whose first step is older than full_every seconds
 * is not to be continued; 0: any is.  Returns NULL after a warning.
 */
struct prior *prior_open(const char *tree, int64_t full_every);

/* The root of the tree. */
int prior_root(const struct prior *p);

/*
 * Looks for the newest backup of the repository at path on storage, and
 * whether all files that its steps need are there and start as they must.
 *
 * Returns 1 with *c filled, to be freed with chain_free(), and the last list
 * of references open in *refs; 0 if there is nothing to build upon: no backup,
 * one of a repository that was empty or missing, or a chain too old; -1 with
 * the reason appended to *why if there is one that cannot be used.  Silent.
 */
int prior_find(const struct prior *p, const char *storage, const char *path,
    struct chain *c, int *refs, struct buf *why);

/* p may be NULL. */
void prior_close(struct prior *p);

#endif
