/* What in a repository git would wait for, or go round in. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_SPECIAL_H
#define GLB_SPECIAL_H

#include <stdbool.h>

#include "base/buf.h"

/*
 * What is wrong with name in the directory dirfd as something that git opens,
 * through symbolic links as git does: NULL, or a reason such as "not a regular
 * file".  What is not there is not wrong; dir: a directory is not, either.
 * Silent.
 */
const char *special_bad(int dirfd, const char *name, bool dir);

/*
 * Looks at the files of the repository at dirfd that git opens before or
 * beside its references, and at its objects: git would wait for ever for a
 * pipe's other end.  Those of repositories that it borrows from are not looked
 * at, nor is what its configuration includes.  Returns 0, or -1 with the
 * reason appended to *why.
 */
int special_check(int dirfd, struct buf *why);

#endif
