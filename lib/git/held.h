/* On which storages a tree of backups has a repository. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_HELD_H
#define GLB_HELD_H

#include "base/buf.h"

/*
 * Adds to *storages, in the order of their names, those of which the tree at
 * root has a manifest of the repository at path, which fits names_bad_path();
 * of only alone, unless that is empty.  Layouts without manifests know
 * nothing of storages: for a repository of theirs it is the only one of only,
 * or else "default".  Returns 0, or -1 with errno.  Silent.
 */
int held_storages(
    int root, const char *path, const struct list *only, struct list *storages);

#endif
