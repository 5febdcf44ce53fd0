/* The steps of replacing what is in a directory, forth and back. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_TAR_SWAP_H
#define GLB_TAR_SWAP_H

#include "tar/attr.h"
#include "tar/exclude.h"
#include "tar/stop.h"
#include "tar/was.h"
#include "tar/work.h"

struct swap {
	struct work w;
	struct was was;
	struct tar_stop stop; /* signals wait from swap_begin() on */
	struct tar_self self;
	int fresh; /* what is unpacked: the stage's directory; or -1 */
	int replaced; /* W/replaced, or -1 */
	unsigned number; /* of the next name in W/aside */
	int status; /* PROG_PARTIAL if an attribute could not be set back */
};

/* As all of work.h, those that return -1 have warned, with s->w.status set. */

/* See work_open(); swap_end() after both 0 and -1. */
int swap_begin(struct swap *s, const char *dir, bool make);

/*
 * From WORK_NEW, with the complete archive on disk, to WORK_DONE or, if what
 * was replaced is not kept, WORK_GONE.  attr is
 * what the directory itself is to become, or NULL.  Returns PROG_DONE,
 * PROG_PARTIAL if that could not be set, or -1, after which swap_back() is
 * called; that is silent if a signal has come.
 */
int swap_forth(struct swap *s, const struct tar_exclude *leave,
    const struct tar_attr *attr, bool keep);

/* From any stage to what was, without W.  Returns 0 or -1. */
int swap_back(struct swap *s);

/*
 * At WORK_GONE, removes all that is in the directory but what stays; makes it
 * if it is absent.  Returns 0 or -1.
 */
int swap_delete(struct swap *s, const struct tar_exclude *leave);

/* Opens the directory name of W as *fd, closing what it was.  0 or -1. */
int swap_open(struct swap *s, const char *name, int *fd);

/* Frees all and lets signals through.  Returns status. */
int swap_end(struct swap *s, int status);

#endif
