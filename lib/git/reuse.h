/* A repository's own pack, taken as it is for the bundle. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_REUSE_H
#define GLB_REUSE_H

#include <stdbool.h>

#include "git/packfile.h"
#include "proc/child.h"

enum reuse_end {
	REUSE_DONE,
	REUSE_NONE, /* git has to make a pack; bundle is as it was */
	REUSE_BLIND, /* so, too, and not by bitmaps: they may tell what is not
		      */
	REUSE_DAMAGED, /* so, too, and anew: the pack is not what git wrote */
	REUSE_FAILED /* errno: the bundle cannot be written */
};

struct reuse {
	struct packfile pack;
	enum reuse_end otherwise; /* what not to take it will be */
};

/*
 * Looks whether the repository at dirfd, of the plain kind, has a pack that may
 * be all that the objects in the list oids (a line each) reach: so that it is
 * worth asking git for the ids of all these.  Also sets p->otherwise, in either
 * case: to REUSE_NONE, REUSE_BLIND or REUSE_DAMAGED.  The user (NULL: we) must
 * be one who may read the pack, which stays open, whatever becomes of its name.
 * The caller closes p in either case.  Silent.
 */
bool reuse_open(
    struct reuse *p, int dirfd, const struct child_user *user, int oids);
void reuse_close(struct reuse *p);

/*
 * Appends the pack to the file bundle, if it has exactly the objects in the
 * list all, a line each and once, and its bytes are what git wrote.  Silent.
 */
enum reuse_end reuse_take(const struct reuse *p, int all, int bundle);

#endif
