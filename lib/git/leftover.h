/* What restores that were killed left on a storage. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_LEFTOVER_H
#define GLB_LEFTOVER_H

#define LEFTOVER_NAME "glb-restore." /* what the directories start with */

/*
 * Looks at every run's directory below gitaly, a descriptor of "+gitaly" on
 * the storage whose directory is called storage.  Of those that nobody works
 * in any more it finishes the last exchange, removes what was in the making,
 * and all of it if nothing had been replaced yet; of the others it tells
 * once.  Silent otherwise: a run goes on whatever others left.
 */
void leftover_look(int gitaly, const char *storage);

/*
 * Removes from the run's directory fd all but what was replaced: what was in
 * the making, and the list.  Returns 0, or -1 with errno.
 */
int leftover_clean(int fd);

/* 1 if nothing in the run's directory fd tells of a change that was made. */
int leftover_unchanged(int fd);

/* Moves name in the directory from to path below to.  0, or -1 with errno. */
int leftover_move(int from, const char *name, int to, const char *path);

#endif
