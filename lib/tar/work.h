/* The directory W that what replaces DIR, and what was replaced, lie in. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_TAR_WORK_H
#define GLB_TAR_WORK_H

#include <stdbool.h>

#include "base/buf.h"

/*
 * W is DIR.glb-restore beside DIR, where DIR really is, if that is the same
 * mount and it can be made there, else .glb-restore in DIR.  It belongs to
 * whoever made it, and nobody else uses it.  In it:
 *
 * lock      locked with flock(2) by the process at work
 * was       see was.h
 * replaced  the entries that DIR had
 * aside     what came in the way while entries were put back
 * mode      see move_own_dir()
 *
 * and one directory whose name is the stage of the work.
 */
enum work_stage {
	WORK_NONE, /* no such directory */
	WORK_NEW, /* "new": nothing in DIR has been touched */
	WORK_OUT, /* "out": DIR's entries, if any, are old ones */
	WORK_IN, /* "in": DIR's entries, if any, are new ones */
	WORK_DONE, /* "done": DIR has all the new ones */
	WORK_GONE /* "gone": all in W waits for its removal */
};

struct work {
	const char *dir; /* DIR as it was given */
	char *path; /* where it is, for messages */
	char *base; /* its name in parent */
	char *name; /* of W, in at */
	char *shown; /* the path of W, for messages */
	struct list made; /* parents of DIR that were made */
	int parent; /* what DIR lies in; -1 if W cannot lie there */
	int top; /* DIR, or -1: there is none */
	int at; /* what W lies in: parent or top */
	int fd; /* W, or -1 */
	int lock;
	int status; /* after a failure */
};

/*
 * All functions that return -1 have warned, and set w->status to PROG_FAILED
 * or PROG_LOCKED.
 */

/*
 * Finds DIR and what it lies in; as root, through no link of other users to
 * what is not theirs.  With make, the parents of a DIR that is missing are
 * made.  Returns 0 or -1; work_close() after both.
 */
int work_open(struct work *w, const char *dir, bool make);

/* Opens and locks W if there is one.  Returns 1, 0 if there is none, or -1. */
int work_find(struct work *w);

/* Makes W and locks it; DIR keeps its time.  Returns 0 or -1. */
int work_make(struct work *w);

/* The stage, or -1 if W is not understood. */
int work_stage(struct work *w);

/* What the stage's directory is called. */
const char *work_stage_name(enum work_stage stage);

/* Goes from one stage to another in one step that is on disk then.  0, -1. */
int work_step(struct work *w, enum work_stage from, enum work_stage to);

/*
 * Removes W, which is at WORK_GONE or WORK_NONE, and the lock with it.  DIR
 * keeps its time.  Returns 0 or -1.
 */
int work_drop(struct work *w);

/* Removes parents that work_open() has made, as far as they are empty. */
void work_unmake_parents(struct work *w);

/* Warns of DIR/name (name "": of DIR), or of W, with errno.  Returns -1. */
int work_fail(struct work *w, const char *name);
int work_fail_self(struct work *w);

/* Warns "W: why".  Returns -1. */
int work_refuse(struct work *w, const char *why);

/* Makes what fd, open for reading, is, be on disk.  0, or -1 with errno. */
int work_sync(int fd);

/* Closes and frees all, and gives back the lock. */
void work_close(struct work *w);

#endif
