/* Names that stay out of an archive. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_TAR_EXCLUDE_H
#define GLB_TAR_EXCLUDE_H

#include <stdbool.h>

#include "base/buf.h"

/* Zero-initialise. */
struct tar_exclude {
	struct list names; /* out wherever they stand */
	struct list paths; /* "./a/b": this one only, with all below it */
};

/*
 * Adds a pattern, which is taken literally.  With a slash in it, it is a path
 * seen from the top of the tree ("./a/b", "a/b", "a/"), else a name that is
 * out at any depth.  Returns 0, or -1 after a warning if it can match nothing
 * (absolute, or with a component "..") or would match all.
 */
int tar_exclude_add(struct tar_exclude *x, const char *pattern);

/*
 * Does the entry called name in the directory dir ("./", "./a/") stay out?
 * "lost+found" always does, at the top TAR_RESERVED too.  x may be NULL.
 */
bool tar_exclude_match(
    const struct tar_exclude *x, const char *dir, const char *name);

/*
 * Are all the paths at the top of the tree?  Returns true, or false after a
 * warning.
 */
bool tar_exclude_is_flat(const struct tar_exclude *x);

/* Frees what x holds. */
void tar_exclude_free(struct tar_exclude *x);

#endif
