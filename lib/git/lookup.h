/* Finds a repository of GitLab's in a tree of backups, by its name. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_LOOKUP_H
#define GLB_LOOKUP_H

#include "base/buf.h"

struct lookup {
	/*
	 * "group/project", with ".wiki" or ".design" behind it, or
	 * "/snippets/N"; "group.wiki"; "snippets/N"; or, with "@" before it or
	 * ".git" behind it, a path on the storage.
	 */
	const char *repository;
	const char *tree; /* of backups */
	const struct list *storages; /* only these; empty: all */
};

/*
 * Reads the dump of GitLab's main database from stdin, which says where the
 * name leads, and writes the repository to stdout as a line of the list
 * (git/line.h).  A path on the storage, and "snippets/N", need no dump: then
 * stdin is read only.  Of names that differ in the case of letters the very
 * same counts, or else the only one.
 *
 * Returns a status after a warning: PROG_FAILED if the dump does not know the
 * name, the tree has no backup of it, or on several storages; PROG_USAGE for
 * what cannot be a name; PROG_DAMAGED for a dump that is not whole.
 */
int lookup_run(const struct lookup *l);

#endif
