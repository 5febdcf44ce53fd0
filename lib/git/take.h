/* Takes what one repository holds into open files, by running git and tar. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_TAKE_H
#define GLB_TAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "git/refs.h"
#include "git/run.h"
#include "git/tree.h"

#define TAKE_NAMED 10 /* broken references that are told by name */

struct take_broken {
	uint64_t n;
	struct list names; /* the first of them, HEAD too; plain text */
};

struct take {
	const struct list *env; /* of run_environment() */
	const struct child_user *user; /* to run as; NULL: ourselves */
	const char *dir; /* the repository */
	int repo; /* descriptor of dir */
	/* Files to be filled, open for reading and writing. */
	int fd[TREE_FILES];
	int oids, walk; /* the caller throws them away afterwards */
	/*
	 * For an increment, the list of references that the backup ended with
	 * so far, which is sound and not empty, and its object format; or -1.
	 */
	int earlier;
	const char *earlier_format;
	/* What was found: */
	bool checked; /* for what git would wait for */
	bool listed; /* its own files gave the list: it is of the plain kind */
	struct refs refs; /* n is 0 if the repository is empty */
	bool increment; /* the bundle builds upon the earlier list */
	bool unchanged; /* and the list is still the same */
	bool has_hooks;
	uint64_t bytes; /* in all of fd */
	struct buf format; /* "sha1" or "sha256" */
	struct buf head; /* what HEAD names; empty if it is detached */
	struct take_broken broken; /* references that are left out */
	/* If it failed: */
	struct buf why;
	int full; /* errno if the files' file system takes no more; or 0 */
};

/*
 * Fills the files: the list of references, a bundle of all that they reach
 * (or of what the earlier list does not), a tar of custom_hooks.  List and
 * bundle always agree, whoever pushes meanwhile.  References that are broken,
 * in themselves or by having no object, are left out of both if there are
 * others.  Another object format than the earlier list's makes it no
 * increment.  Returns 0, or -1 with t->why set.
 */
int take_repository(struct take *t);

/* Empties all the files.  Returns 0, or -1 with errno. */
int take_empty(const struct take *t);

/* Keeps errno of writing a file as the reason.  Returns -1. */
int take_write_failed(struct take *t);

void take_free(struct take *t);

/* Sees to it that no git will wait for ever.  Returns 0, or -1 with t->why. */
int take_check(struct take *t);

/*
 * For take_news.c and take_pack.c: runs git VERB with the words between the
 * commas of args, and returns as run(); finds out whether a program failed that
 * wrote to fd because of a full disk, and returns -1; looks whether a pack
 * follows the bundle's header, and counts the bytes: 0, or -1 with t->why set.
 */
int take_git(struct take *t, struct run *r, const char *verb, const char *args);
int take_check_full(struct take *t, int fd);
int take_check_bundle(struct take *t);

/*
 * Makes the bundle of everything that the list, which is not empty, reaches.
 * Returns 0, or -1 with t->why set.
 */
int take_pack(struct take *t);

/*
 * Makes the bundle that builds upon the earlier list, which t->refs is not
 * empty for.  Sets t->unchanged.  Returns 0, or -1 with t->why set.
 */
int take_news(struct take *t);

#endif
