/* Moving entries from one directory to another, and removing whole trees. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_TAR_MOVE_H
#define GLB_TAR_MOVE_H

#include <sys/types.h>

#include <stdbool.h>

/* All of these are silent and follow no link. */

/*
 * Renames from/name to to/as if there is nothing of that name, in one step.
 * Returns 0, or -1 with errno: EEXIST if there is.
 */
int move_entry(int from, const char *name, int to, const char *as);

/*
 * The same for a directory that its owner, who we are, may not write to, which
 * only root can move as it is: gives it the mode it needs for that time.  If
 * note is not -1, the mode that it had stands in the directory note for as
 * long, for move_mend().
 */
int move_own_dir(int from, const char *name, int to, const char *as, int note);

/*
 * If a move_own_dir() did not come to its end: gives the entry its mode again,
 * in from or to.  Returns 0, or -1 with errno.
 */
int move_mend(int note, int from, int to);

/* What move_each() calls: 1 it has moved the entry, 0 left it, -1 failed. */
typedef int move_fn(void *arg, const char *name);

/*
 * Calls fn for each entry of the directory dirfd until all of them stay.
 * Returns 0, or -1 if fn did at once, or with errno and *failed set if the
 * directory cannot be read.
 */
int move_each(int dirfd, move_fn *fn, void *arg, bool *failed);

/*
 * Removes all that is in the directory dirfd, however deep it is, with four
 * descriptors and constant memory.  What is not root's own is made writable.
 * Goes on after a failure.  Returns 0, or -1 with the first errno.
 */
int move_remove_all(int dirfd);

#endif
