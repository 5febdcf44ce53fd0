/* Whether git sees every reference that lies in a file of its own. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_REFDIRS_H
#define GLB_REFDIRS_H

#include <sys/stat.h>

#include <stdbool.h>

#include "base/buf.h"
#include "proc/child.h"

/* What refdirs_check() has found. */
struct refdirs {
	bool odd; /* what only git knows to be a reference or none */
	struct buf files; /* "refs/heads/main", each with a NUL */
};

/*
 * Looks for directories below refs/ of the repository at dirfd that the user
 * (NULL: we) may not list: git takes such a one for empty, and says nothing.
 * And for what is neither directory nor file, for which git would wait, or
 * links to directories, in which it could go round.  Returns 0, with *found,
 * zeroed by the caller, telling of the files that may be references; or -1
 * with the reason appended to *why.  The caller frees found->files.
 */
int refdirs_check(int dirfd, const struct child_user *user,
    struct refdirs *found, struct buf *why);

/*
 * Opens the file at path below dirfd for reading, through no link at all.
 * Returns a descriptor of a regular file that the user (NULL: we) may read, by
 * its mode, and *st; or -1 with errno, which is ENOENT only if it is not
 * there.  Silent.
 */
int refdirs_open(int dirfd, const char *path, const struct child_user *user,
    struct stat *st);

#endif
