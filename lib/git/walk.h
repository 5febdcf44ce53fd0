/* What a tree of backups holds: repositories, and files that belong to none. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_WALK_H
#define GLB_WALK_H

#include <stdbool.h>

#include "git/examine.h"

struct walk {
	int root; /* of the tree */
	const char *id; /* only this backup; NULL: all there are */
	/*
	 * Is handed a repository's backups, of which it may take s->ids over;
	 * what manifests name is handed only once, as theirs.  This and the
	 * next one return 0, or -1 to stop.
	 */
	int (*found)(void *arg, struct subject *s);
	/*
	 * Something is wrong with the file what, or with all of path for NULL;
	 * storage is "" outside of the storages' directories.
	 */
	int (*damage)(void *arg, const char *storage, const char *path,
	    const char *what, const char *why);
	/* Is told, with errno, what stops the walk. */
	void (*unreadable)(void *arg, const char *path);
	void *arg;
	struct list storages; /* the walk's own: zero-initialise */
};

/* Walks through all of the tree.  Returns 0, or -1 if it was stopped. */
int walk_tree(struct walk *w);

/* The parts, which only walk_tree() calls. */

/* The directories of files: the storages', and those of older layouts. */
int walk_files(struct walk *w);

/*
 * Takes those files (their paths in the tree) off the list that manifests of
 * the repository name; all of them if a manifest cannot be read, which is told
 * elsewhere.  Returns whether there is a manifest.
 */
bool walk_strike(const struct walk *w, const char *storage, const char *path,
    const char *id, struct list *files);

/* Hands errno and path to unreadable().  Returns -1. */
int walk_stop(struct walk *w, const char *path);

#endif
