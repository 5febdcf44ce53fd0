/* A directory that the walk through a tree of backups is in. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_WALK_DIR_H
#define GLB_WALK_DIR_H

#include "git/walk.h"

/*
 * In the layout of pointers it may be REPO, whose pointer names its newest
 * backup, or REPO/ID; in the oldest one it holds files of many repositories.
 */
struct dir {
	struct dir *parent; /* NULL: it is the root */
	const char *path; /* the root's is "" */
	const char *storage; /* in whose directory it is; NULL: in none */
	struct list files; /* their paths, sorted; without the pointer */
	bool pointer; /* it has a file LATEST */
	bool steps; /* it has files such as 001.refs */
	bool backups; /* it has directories that are REPO/ID */
	struct list ids; /* of these, those that manifests do not name */
};

/* The number of the step that the file is of, "001.refs"; or 0. */
unsigned long walk_step(const char *path);

/* Takes the i-th off the list. */
void walk_take_off(struct list *l, size_t i);

/*
 * For d, REPO/ID: takes its files off d->files, and tells d->parent of it.
 * What Gitaly left of an increment without news is its, too.
 */
void walk_pointer_backup(const struct walk *w, struct dir *d);

/* For d, REPO: hands its backups over.  Returns 0, or -1 to stop. */
int walk_pointers(struct walk *w, struct dir *d);

/*
 * For any directory: takes the files of the oldest layout off d->files, and
 * hands their repositories over.  Returns 0, or -1 to stop.
 */
int walk_legacy(struct walk *w, struct dir *d);

#endif
