/* Which inodes with several names are in the archive, and under which. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_TAR_LINKS_H
#define GLB_TAR_LINKS_H

#include <sys/stat.h>

/*
 * Memory: about 64 bytes and the path for each inode that was added (twice
 * that while the table grows), nothing for any other.
 */
struct tar_links;

/* An empty table; free with tar_links_free(). */
struct tar_links *tar_links_new(void);

/*
 * The path under which the inode was added, or NULL.  NULL too if size or
 * mtime are no longer what they were: then its contents are others, or the
 * inode's number has been given to another file.  The string is good until
 * the next tar_links_add().
 */
const char *tar_links_find(const struct tar_links *l, const struct stat *st);

/* Remembers the inode, or gives it the new path, size and mtime. */
void tar_links_add(
    struct tar_links *l, const struct stat *st, const char *path);

/* Frees l, which may be NULL. */
void tar_links_free(struct tar_links *l);

#endif
