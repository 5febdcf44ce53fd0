/* A repository's own pack, taken as it is for the bundle. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_REUSE_H
#define GLB_REUSE_H

#include "proc/child.h"

enum reuse {
	REUSE_DONE,
	REUSE_NONE, /* git has to make a pack; bundle is as it was */
	REUSE_DAMAGED, /* so, too; and its pack is not what it was written as */
	REUSE_FAILED /* errno: the bundle cannot be written */
};

/*
 * Appends to the file bundle a pack of exactly the objects that those in the
 * list oids, a line each, reach, if the repository at dirfd, which is of the
 * plain kind, has just that pack.  The user (NULL: we) must be one who may read
 * it.  Silent.
 */
enum reuse reuse_pack(
    int dirfd, const struct child_user *user, int oids, int bundle);

#endif
