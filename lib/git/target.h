/* The place on a storage where a repository stands, or is to stand. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_TARGET_H
#define GLB_TARGET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct target {
	int parent; /* the directory that it is in; -1: none */
	const char *name; /* its last component, a part of path */
	bool there; /* something stands there */
	bool file; /* and is no directory */
	size_t cut; /* path up to here is the first that is missing; or 0 */
};

/*
 * Opens the directory that path below dir is in, following no symbolic link.
 * make: makes the directories that lead there.  Refuses what is inside of a
 * repository.  Returns 0, or -1 with errno and the reason appended to *why;
 * target_close() is right after both.
 */
int target_find(
    int dir, const char *path, bool make, struct target *t, struct buf *why);

/*
 * The same for what may be a repository, and looks at it.  Refuses what is no
 * repository's place: below "+gitaly", a pool of objects, inside of another
 * repository, or a directory that holds something else.  Returns 0, or -1 with
 * the reason appended to *why; target_close() is right after both.
 */
int target_open(int storage, const char *path, bool make, struct target *t,
    struct buf *why);
void target_close(struct target *t);

/* The reason that path's name alone is refused for; or NULL. */
const char *target_bad(const char *path);

/* 1 if the directory fd is what Gitaly takes for a repository. */
int target_is_repository(int fd);

#endif
