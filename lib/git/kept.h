/* What restores keep on a storage: the directories of their runs. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_KEPT_H
#define GLB_KEPT_H

#include <stdint.h>

/*
 *	+gitaly/
 *		glb-restore.N/	of one run (git/place.h)
 *		glb-discard.N/	of no use any more, and being removed
 *
 * The number of a run is greater than those of all that were there when it
 * began, so that the greatest is the newest: neither process ids nor clocks
 * tell that.
 *
 * All are silent and return -1 with errno if they fail, unless they say
 * something else.  gitaly is a descriptor of "+gitaly".  Nobody's symbolic
 * links are followed.
 */
#define KEPT_PARENT "+gitaly"
#define KEPT_RUN "glb-restore."
#define KEPT_NAME_MAX 64 /* bytes of a directory's name, with the NUL */

/*
 * Calls fn for every entry of the directory fd, but for "." and "..".  If fn
 * returns -1, goes on, and returns -1 with the first one's errno.
 */
int kept_each(
    int fd, int (*fn)(int fd, const char *name, void *arg), void *arg);

/* The number of the run's directory called name, or 0 if it is none. */
int64_t kept_number(const char *name);

/*
 * Finds the run with the greatest number below n, or with the smallest above
 * it, and puts its number into *found.  Returns 1, or 0 if there is none.
 */
int kept_below(int gitaly, int64_t n, int64_t *found);
int kept_above(int gitaly, int64_t n, int64_t *found);

/* Opens "+gitaly" of the storage; make: makes it if it is not there. */
int kept_open(int storage, int make);

/*
 * Renames name in the directory dir to one of glb-discard.N, so that nobody
 * takes it for something to put back, whatever happens.  Returns 0.
 */
int kept_discard(int gitaly, int dir, const char *name);

/*
 * Removes all that is discarded, when that has reached the disk.  To be
 * called with all rights: there may be files of others.  Returns 0, or -1
 * after a warning that names what could not be removed; storage is the name
 * of its directory.
 */
int kept_remove_discarded(int gitaly, const char *storage);

/*
 * Removes "+gitaly" if nothing is in it, whoever made it: nobody could tell
 * of the run that is killed just after it did.  Gitaly makes it as it needs it.
 */
void kept_leave(int storage);

#endif
