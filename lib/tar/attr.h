/* Giving what was unpacked its owner, mode and time. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_TAR_ATTR_H
#define GLB_TAR_ATTR_H

#include <sys/types.h>

#include <stdbool.h>
#include <time.h>

#include "tar/header.h"
#include "tar/ids.h"

/* What is wanted; owners are numbers by now. */
struct tar_attr {
	struct timespec mtime;
	uid_t uid;
	gid_t gid;
	mode_t mode;
};

/* Who unpacks. */
struct tar_self {
	struct tar_ids *ids;
	uid_t uid; /* 0: owners are set, and all bits of modes */
	mode_t mask; /* the umask, for all others than root */
};

/* What the member m wants, its owner by name if that is known here. */
void tar_attr_want(const struct tar_self *self, const struct tar_member *m,
    struct tar_attr *a);

/*
 * Sets owner, mode and time, in this order, of what is open as fd.  Root gets
 * all as wanted, but no set-id bits if the owner cannot be set.  All others
 * own what they unpack: mode is cut by the umask, and loses set-id and sticky
 * bits where owner or group is not the wanted one.  What is right already is
 * not touched.  Tries all of it; returns 0, or -1 with the first errno.
 */
int tar_attr_set(const struct tar_self *self, const struct tar_attr *a, int fd);

/* Owner and time of the symbolic link name in dirfd; the same returns. */
int tar_attr_set_link(const struct tar_self *self, const struct tar_attr *a,
    int dirfd, const char *name);

#endif
