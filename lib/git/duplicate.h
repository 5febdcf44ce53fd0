/* A file a second time: a hard link, a reflink, or a copy. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_DUPLICATE_H
#define GLB_DUPLICATE_H

#include <sys/stat.h>

#include <stdbool.h>

/*
 * Makes name in dir a hard link to the file that fd is open on, and to no
 * other, whoever moves things meanwhile.  Returns 0, or -1 with errno.  Silent.
 */
int duplicate_link(int fd, int dir, const char *name);

/* 1 if this errno of duplicate_link() leaves copying as a way. */
int duplicate_may_copy(int error);

/*
 * Makes name in dir a new file, mode 0600, with what fd has from its start,
 * and st's mtime; shares its blocks where the file system can, else sets
 * *copied.  Returns 0, or -1 with errno and no such file.  Silent.
 */
int duplicate_file(
    int fd, const struct stat *st, int dir, const char *name, bool *copied);

#endif
