/* Which names of storages, repositories and backups may become paths. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_NAMES_H
#define GLB_NAMES_H

#include <stdbool.h>

/*
 * Each returns NULL if the name may be used, else what is wrong with it, to
 * stand behind the name's kind: "is empty", "holds a control character".
 */

/* A backup's id: one component, not hidden, not "+latest". */
const char *names_bad_id(const char *id);

/* A storage's name: one component that no part of the tree's layout uses. */
const char *names_bad_storage(const char *name);

/* A repository's path below its storage: plain components between slashes. */
const char *names_bad_path(const char *path);

/* The number of a snippet at the end of "[.../]snippets/N"; or NULL. */
const char *names_snippet(const char *name);

/*
 * Does only a database know where the repository lies that has this name?  Not
 * if it is a path on the storage, "@..." or "....git", or "snippets/N".
 */
bool names_need_dump(const char *name);

/*
 * May a manifest name the file path, which names_bad_path() has nothing
 * against, as one of its repository: none that names such files itself?
 */
bool names_own_file(const char *path);

#endif
