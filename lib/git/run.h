/* Runs git and tar on a repository: alone with it, and as its owner. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_RUN_H
#define GLB_RUN_H

#include <sys/stat.h>

#include <stdbool.h>

#include "base/buf.h"
#include "proc/child.h"

/*
 * Who a repository belongs to, remembered from one repository to the next, as
 * nearly all of a site have the same owner.  Zero-initialise; one a thread.
 */
struct run_owner {
	bool known;
	struct child_user user;
};

struct run {
	const struct list *env; /* of run_environment() */
	const struct child_user *user; /* NULL: ours */
	int in, out; /* become the child's 0 and 1; -1: nothing, ours */
	struct buf *text; /* gets the child's stdout instead, if not NULL */
	bool strict; /* an "error:" or "warning: ignoring" is a failure */
	int err; /* becomes the child's 2; 0: what it says there is read here */
};

/*
 * Takes every GIT_* variable out of our own environment, and appends to *env
 * what each git gets instead: no configuration but the repository's, without
 * those of its settings that start programs; no replaced or grafted history,
 * no network, no prompts.  Call before any thread is started.
 */
void run_environment(struct list *env);

/*
 * The user to run as for a file: its owner if we are root, else NULL for
 * ourselves.  Returns 0 with *user set, or -1 after a warning.
 */
int run_as(
    struct run_owner *o, const struct stat *st, const struct child_user **user);
void run_owner_free(struct run_owner *o);

/*
 * Runs argv to its end.  Returns its exit status; if that is not 0, the reason
 * "NAME: what it said last on stderr" is appended to *why.  Returns -1, also
 * with a reason, if it could not be started, was killed or, though strict was
 * set, complained.
 */
int run(
    const struct run *r, char *const argv[], const char *name, struct buf *why);

#endif
