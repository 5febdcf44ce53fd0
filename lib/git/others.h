/* Finds the repositories of a storage that a restore did not name. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_OTHERS_H
#define GLB_OTHERS_H

#include "git/place.h"

/*
 * Moves every repository of p's storage aside that is not on the list, and
 * tells of each.  Neither what is Gitaly's own nor a pool of objects is a
 * repository here, and nothing in a repository is looked at.  Symbolic links
 * are not followed.  Returns a status.
 */
int others_remove(struct place *p);

#endif
