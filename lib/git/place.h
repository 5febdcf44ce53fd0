/* Where a restore works on a storage: what is new, what was replaced. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_PLACE_H
#define GLB_PLACE_H

#include <stdbool.h>

#include "base/buf.h"
#include "git/kept.h"
#include "git/run.h"
#include "git/storage.h"

/*
 * A directory of the run on the storage itself, where Gitaly looks for no
 * repository.  It belongs to the storage's owner, who does all this.
 *
 *	+gitaly/glb-restore.N/		see git/kept.h
 *		lock			held while the run lives
 *		ended			a file: the run was not killed
 *		listed/PATH/+		a file for each repository of the list
 *		replaced/PATH/+		what stood at PATH before
 *		made/PATH/+		a file: nothing stood at PATH
 *		made/DIR/+dir		a file: DIR, which leads there, neither
 *		N.new			what worker N is making
 *		N.hooks			the same, its hooks
 *		N.swap			"INODE PATH": see below
 *
 * N.new and PATH are exchanged in one step; then N.new, which is the old one
 * now, moves to replaced/PATH/+.  Between the two N.swap tells what N.new is:
 * the new one has this number of an inode.
 */
struct place {
	struct storage *storage;
	int parent; /* "+gitaly" */
	int fd; /* of the directory */
	char name[KEPT_NAME_MAX]; /* "glb-restore.N" */
	char *path; /* of the directory, for programs and messages */
	struct run_owner owner;
	const struct child_user *user; /* the storage's owner; NULL: ours */
	int lock;
};

#define PLACE_LOCK "lock"
#define PLACE_REPLACED "replaced"
#define PLACE_MADE "made"
#define PLACE_LISTED "listed"

/*
 * Makes it, after looking after what dead runs left behind: what they were
 * making is removed, and what was being discarded; what they replaced stays,
 * with a warning.  NULL with the reason appended to *why.
 */
struct place *place_open(struct storage *s, struct buf *why);

/* The reason that no repository can be kept by its path's name; or NULL. */
const char *place_bad(const char *path);

/* Notes that path is on the list.  1; 0 if it was already; -1 with errno. */
int place_list(struct place *p, const char *path);

/* Whether path is on the list. */
bool place_listed(const struct place *p, const char *path);

/* Removes what worker has in the making.  Returns 0, or -1 with errno. */
int place_clear(struct place *p, unsigned int worker);

/*
 * Puts worker's N.new at path, and what stood there aside.  Returns 0, or -1
 * with the reason appended to *why and everything as it was.
 */
int place_put(
    struct place *p, unsigned int worker, const char *path, struct buf *why);

/* Moves the repository at path aside.  Returns 0, or -1 with errno. */
int place_remove(struct place *p, const char *path);

/*
 * Ends the run on this storage when all that is new has reached the disk, and
 * frees p.  What was replaced stays if keep is set, or else is removed.  tell:
 * say where it stays.  Returns 0, or -1 after a warning.
 */
int place_close(struct place *p, bool keep, bool tell);

#endif
