/* A repository's own pack, taken as it is for the bundle. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_REUSE_H
#define GLB_REUSE_H

#include <stdbool.h>

#include "proc/child.h"

enum reuse {
	REUSE_DONE,
	REUSE_NONE, /* git has to make a pack; bundle is as it was */
	REUSE_BLIND, /* so, too; but its bitmaps are not what was written */
	REUSE_DAMAGED, /* so, too; but its pack is not */
	REUSE_FAILED /* errno: the bundle cannot be written */
};

/*
 * All of these look at a repository of the plain kind at dirfd, whose
 * references name the objects in the list oids, a line each.  The user (NULL:
 * we) must be one who may read its packs.  Silent.
 */

/*
 * Appends to the file bundle a pack of exactly the objects that those in oids
 * reach, if the repository has just that pack, and bitmaps that tell.
 */
enum reuse reuse_pack(
    int dirfd, const struct child_user *user, int oids, int bundle);

/*
 * Does it look as if the only pack were that?  Then it is worth asking git for
 * the ids of all objects, which are what reuse_listed() wants.
 */
bool reuse_likely(int dirfd, const struct child_user *user, int oids);

/*
 * The same as reuse_pack() of the only pack, if it has exactly the objects in
 * the list all, a line each, which git says are those that oids reach.
 */
enum reuse reuse_listed(
    int dirfd, const struct child_user *user, int all, int bundle);

#endif
