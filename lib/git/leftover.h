/* What restores left on a storage, killed ones or those that keep it. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_LEFTOVER_H
#define GLB_LEFTOVER_H

#include <stdbool.h>

/*
 * Looks at every run's directory below gitaly, a descriptor of "+gitaly" on
 * the storage whose directory is called storage.  Of those that were killed it
 * finishes the last exchange, removes what was in the making, and discards
 * all of it if nothing had been replaced yet; of the others it tells once.
 * Silent otherwise: a run goes on whatever others left.
 */
void leftover_look(int gitaly, const char *storage);

/*
 * All below get run, a descriptor of a run's directory, are silent, and return
 * 0, or -1 with errno, unless they say something else.
 */

/*
 * Takes the lock of a run that does not live, and returns its descriptor; -1
 * with EWOULDBLOCK if it lives, or if somebody else has taken it.  Sets *made
 * if there was no such file.
 */
int leftover_take(int run, bool *made);

/*
 * Notes that the run has ended by itself and all that it did is on the disk.
 * Who finds neither that note nor a lock that is held knows that it was
 * killed.
 */
int leftover_end(int run);
bool leftover_ended(int run);

/* Takes that note back. */
int leftover_unend(int run);

/* Finishes what was being exchanged when the run was killed. */
int leftover_finish(int run);

/* Removes what was in the making, and the list. */
int leftover_clean(int run);

/* 1 if nothing in the directory tells of a change that was made. */
int leftover_unchanged(int run);

/* Moves name in the directory from to path below to, where nothing is. */
int leftover_move(int from, const char *name, int to, const char *path);

/* Makes an empty file at path. */
int leftover_mark(int run, const char *path);

#endif
