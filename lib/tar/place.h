/* Directories below one, reached without ever leaving it. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_TAR_PLACE_H
#define GLB_TAR_PLACE_H

#include <stddef.h>

struct tar_place;

/* Below the directory open as top, which stays the caller's. */
struct tar_place *tar_place_new(int top);

/*
 * Opens the directory that the first n bytes of path name ("a/b", 0 bytes for
 * the top), for reading, or with O_PATH if it may not be read.  Neither a
 * symbolic link nor ".." leads anywhere, by openat2(2); the length of path has
 * no limit.  Returns a descriptor that is good until the next call, or -1 with
 * errno: ENOENT, ELOOP if there is a symbolic link in it, ENOTDIR.  A file
 * system other than the top's that is left on the way is written out
 * (syncfs(2)).
 */
int tar_place_open(struct tar_place *p, const char *path, size_t n);

/* Writes out all file systems that were opened.  0, or -1 with errno. */
int tar_place_sync(struct tar_place *p);

/* Frees p, which may be NULL. */
void tar_place_free(struct tar_place *p);

#endif
