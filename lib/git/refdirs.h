/* Whether git sees every reference that lies in a file of its own. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_REFDIRS_H
#define GLB_REFDIRS_H

#include <stdbool.h>

#include "base/buf.h"
#include "proc/child.h"

/*
 * Looks for directories below refs/ of the repository at dirfd that the user
 * (NULL: we) may not list: git takes such a one for empty, and says nothing.
 * And for what is neither directory nor file, for which git would wait, or
 * links to directories, in which it could go round.  Returns 0, with *files
 * set if there is a file that may be a reference, or -1 with the reason
 * appended to *why.
 */
int refdirs_check(
    int dirfd, const struct child_user *user, bool *files, struct buf *why);

#endif
