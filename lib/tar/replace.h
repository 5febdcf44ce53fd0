/* Replacing all that is in a directory, with a way back. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_TAR_REPLACE_H
#define GLB_TAR_REPLACE_H

#include <stdbool.h>

#include "tar/exclude.h"

struct tar_replace {
	const char *dir; /* made if absent; may be a link to a directory */
	const struct tar_exclude *leave; /* what stays at its top; or NULL */
	bool keep; /* what was replaced */
};

/*
 * Each returns a status: PROG_LOCKED if another run works on the directory,
 * PROG_FAILED if it holds what an earlier one has replaced, and as below.
 */

/*
 * Unpacks the archive from fd aside and, once that is complete, swaps it with
 * what is in the directory.  Returns what tar_unpack() does; with PROG_DONE
 * and PROG_PARTIAL they have been swapped, else the directory is as it was.
 * SIGINT, SIGTERM and SIGHUP end the process after things have been put back.
 */
int tar_replace(const struct tar_replace *o, int fd);

/* Removes what is in the directory, then unpacks the archive there. */
int tar_replace_deleting(const struct tar_replace *o, int fd);

/*
 * For whoever changes the directory dir otherwise: PROG_DONE if there is no
 * way back that this would destroy.
 */
int tar_replace_none(const char *dir);

/*
 * Makes the directory dir what it was, wherever a tar_replace() or an earlier
 * call of this has stopped.  Nothing to do is PROG_DONE.
 */
int tar_rollback(const char *dir);

/*
 * Removes what was replaced.  Nothing to do is PROG_DONE; PROG_FAILED if a
 * tar_replace() or a tar_rollback() has stopped half-way.
 */
int tar_discard(const char *dir);

#endif
