/* Puts back what one run of a restore has replaced on a storage. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_PUTBACK_H
#define GLB_PUTBACK_H

#include <stdbool.h>
#include <stdint.h>

#include "git/storage.h"

#define PUTBACK_WASTE "waste" /* in the run's directory */

struct putback {
	const struct storage *storage;
	int gitaly; /* "+gitaly" */
	int run; /* the run's directory, whose lock we hold */
	int64_t number; /* of the run */
	bool waiting; /* newer runs still hold something */
};

/*
 * Puts everything below replaced/ back to where it was, and takes what the
 * run has made, there or where nothing was, to waste/INODE.  Directories that
 * the run made go if they are empty.  Only renames, so that it may be killed
 * at any moment and run again:
 *
 *	replaced/PATH/+		is renamed to
 *	replaced/PATH/+INODE	its number, and exchanged with PATH; when this
 *				name is another's, that is the new one
 *
 * What cannot be put back is named and stays; so does what a newer run still
 * holds at the same PATH, which has to go back first.  Returns a status:
 * PROG_PARTIAL if something stays, PROG_FAILED if nothing could be done.
 */
int putback_run(const struct putback *p);

#endif
