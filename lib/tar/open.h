/* Opening the entries of a tree that is packed. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_TAR_OPEN_H
#define GLB_TAR_OPEN_H

#include <stdbool.h>
#include <sys/stat.h>

/*
 * Opens name in the directory dirfd for reading, with more flags, through no
 * symbolic link and, where that may be asked for, without a change of its
 * time of last access.  Never waits for a FIFO or takes a terminal.  Returns a
 * descriptor, or -1 with errno.  Silent.
 */
int tar_open_file(int dirfd, const char *name);
int tar_open_dir(int dirfd, const char *name);

/* Has a file changed between the two looks at it? */
bool tar_open_differ(const struct stat *a, const struct stat *b);

#endif
