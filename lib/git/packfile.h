/* A pack with its index, as git left them. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_PACKFILE_H
#define GLB_PACKFILE_H

#include <stdint.h>

#include "git/packidx.h"
#include "proc/child.h"

struct packfile {
	struct packidx idx; /* idx.fd and fd: -1 if they are not open */
	int fd;
	uint64_t size;
};

/* What packfile_open() and packfile_copy() find. */
enum packfile_is {
	PACKFILE_GOOD,
	PACKFILE_NONE, /* not there, or not of a kind that we read */
	PACKFILE_BAD, /* not what git wrote */
	PACKFILE_FAILED /* errno: the copy cannot be written */
};

/*
 * Opens pack and index objects/pack/NAME.* of the repository at dirfd, if they
 * belong together by their ends, which is what git looks at, too.  The user
 * (NULL: we) must be one who may read them.  They stay open, whatever becomes
 * of their names.  The caller closes p in any case.  Silent.
 */
enum packfile_is packfile_open(struct packfile *p, int dirfd,
    const struct child_user *user, const char *name);
void packfile_close(struct packfile *p);

/*
 * Appends the pack to the file to, which is as it was if the pack's sum is not
 * what it should be.  Silent.
 */
enum packfile_is packfile_copy(const struct packfile *p, int to);

#endif
