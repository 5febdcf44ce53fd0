/* Directories whose attributes wait until all is unpacked. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_TAR_DIRS_H
#define GLB_TAR_DIRS_H

#include <stddef.h>

#include "tar/attr.h"

/* Memory: each directory's path, and about 60 bytes. */
struct tar_dirs;

/* An empty list; free with tar_dirs_free(). */
struct tar_dirs *tar_dirs_new(void);

/*
 * Adds the directory path ("a/b", "" for the top).  Of several for the same
 * path the last one counts.
 */
void tar_dirs_add(
    struct tar_dirs *d, const char *path, const struct tar_attr *a);

/* One directory at the end; path is good until the list is freed. */
struct tar_dir {
	const char *path;
	struct tar_attr attr;
};

/*
 * Each directory once, all others below one before it.  Returns 1 with *dir
 * filled, or 0 after the last one.  Nothing can be added any more.
 */
int tar_dirs_next(struct tar_dirs *d, struct tar_dir *dir);

/* Frees d, which may be NULL. */
void tar_dirs_free(struct tar_dirs *d);

#endif
