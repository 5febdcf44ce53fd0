/* The directory that an archive is unpacked into. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_TAR_TARGET_H
#define GLB_TAR_TARGET_H

#include <stdbool.h>
#include <time.h>

#include "base/buf.h"
#include "tar/exclude.h"

/*
 * Opens dir, and makes it if it is absent.  With empty, it must have no
 * entries but a directory lost+found and what leave (or NULL) names; the rest
 * of a restore does count.  Returns a descriptor, or -1 after a warning.
 */
int tar_target_open(
    const char *dir, bool empty, const struct tar_exclude *leave);

/*
 * A time by the clock of the file system of the directory dirfd: the ctime of
 * all that was changed before this call is earlier, that of all that is
 * changed afterwards is not.  Takes a tick of that clock.  Returns 0, or -1
 * with errno.
 */
int tar_target_now(int dirfd, struct timespec *now);

/* Writes a name for temporary use into *name, another one at each call, by
 * any thread. */
void tar_target_temp(struct buf *name);

#endif
