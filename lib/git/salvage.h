/* The references of a repository some of whose references are broken. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_SALVAGE_H
#define GLB_SALVAGE_H

#include "git/take.h"

/*
 * Fills t->fd[TREE_REFS] with the list of those references that have an
 * object, HEAD first if it has, and *t->broken with the others.  The rest of
 * t's files are used on the way, and empty then.  For when the plain way to
 * list them failed, with t->why, which stays as it is.  Returns 0, or -1 if
 * none is broken, or all are, or something else is wrong.
 */
int salvage_refs(struct take *t);

#endif
