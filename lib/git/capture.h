/* Backs up one repository: references, objects, hooks, manifest. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_CAPTURE_H
#define GLB_CAPTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "git/prior.h"
#include "git/run.h"
#include "git/storage.h"
#include "git/tree.h"

enum capture_status {
	CAPTURE_OK,
	CAPTURE_EMPTY, /* it has no references */
	CAPTURE_MISSING, /* there is none at that path */
	CAPTURE_UNCHANGED, /* an increment: its references are what they were */
	CAPTURE_FAILED
};

struct capture_result {
	enum capture_status status;
	uint64_t refs;
	uint64_t bytes; /* of its files; manifests do not count */
	uint64_t steps; /* of the chain that its backup is; 0: not told */
	struct buf error; /* why it failed */
	int full; /* errno if the tree takes no more; or 0 */
};

/* What one thread works with. */
struct capture {
	const struct tree *tree;
	const char *id; /* of the backup */
	const struct prior *prior; /* to build upon; NULL: nothing */
	const struct list *env; /* of run_environment() */
	unsigned int worker; /* the thread's number */
	struct run_owner owner;
};

/*
 * Backs up the repository at path on storage s into c->tree, whole or not at
 * all, and says in *r, zeroed by the caller, how it went.  The caller frees
 * r->error.  Warns about what the system denies to run, and about a former
 * backup that cannot be built upon, which makes this a full one.
 */
void capture_repository(struct capture *c, const struct storage *s,
    const char *path, struct capture_result *r);

#endif
