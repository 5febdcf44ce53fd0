/* Examines the backup of one repository: is all of it there, and sound? */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_EXAMINE_H
#define GLB_EXAMINE_H

#include "git/capture.h"
#include "git/chain.h"

/* What one thread works with. */
struct examine {
	int root; /* of the tree */
	const char *scratch; /* a directory of this thread's own */
	const struct list *env; /* of run_environment() */
};

/* What is examined: backups of one repository. */
struct subject {
	enum chain_layout layout;
	const char *storage; /* "" where the layout knows none */
	const char *path;
	struct list ids; /* of manifests, or the first ones of pointers */
	bool latest; /* and, of pointers, what the newest leads to */
};

/*
 * Examines manifest or pointers, every list of references, every bundle's pack
 * by git index-pack, every object that they name, every hooks archive's
 * structure.
 *
 * *r, zeroed by the caller, tells of the last of the backups; r->error, which
 * the caller frees, of the first thing that is wrong.  Returns PROG_DONE,
 * PROG_DAMAGED, or PROG_FAILED if something could not be read or checked.
 * Silent but for what the system denies to run.
 */
int examine_repository(
    const struct examine *e, const struct subject *s, struct capture_result *r);

#endif
