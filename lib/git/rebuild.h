/* Builds a repository anew from its backup, in a directory of its own. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_REBUILD_H
#define GLB_REBUILD_H

#include <stdint.h>

#include "base/buf.h"
#include "git/chain.h"
#include "git/run.h"

struct rebuild {
	const struct list *env; /* of run_environment() */
	int tree; /* the backups */
	int fd; /* of the directory to work in */
	const char *path; /* of that, for programs */
	unsigned int worker; /* N of its directories there, clear */
	const struct child_user *user; /* whose all this is; NULL: ours */
	const struct chain *chain; /* what from; a repository that existed */
	/* What it became: */
	uint64_t refs;
	uint64_t bytes; /* of the backup's files that were read */
	struct buf note; /* what could not be as the list says; or empty */
	/* If it failed: */
	struct buf why;
	int full; /* errno if the storage takes no more; or 0 */
	/* Its own: */
	char *dir; /* path of N.new */
	size_t digits; /* of an object id */
	char head[80]; /* the list's object id of HEAD; or "" */
	struct list lost; /* "OID NAME", or "NAME": see rebuild_refs() */
};

/*
 * Makes N.new: objects of all steps, then exactly the references of the last
 * list, HEAD, hooks.  Every object comes with all that it refers to, and every
 * reference with its object, or it fails.
 *
 * Gitaly lists references before it takes the objects, so that one that moved
 * meanwhile may have none: it becomes what the newest bundle says, or is left
 * out if that has none, and b->note tells.
 *
 * Returns 0, or -1 with b->why set.  rebuild_free() is right after both.
 */
int rebuild_repository(struct rebuild *b);
void rebuild_free(struct rebuild *b);

/* The parts, which only rebuild_repository() calls.  Return as that does. */
int rebuild_git(struct rebuild *b, struct run *r, const char *verb,
    const char *args, const char *last);
int rebuild_refs(struct rebuild *b, int list);
int rebuild_hooks(struct rebuild *b, const char *file);

/*
 * Creates the file name, "HEAD", in N.new, or N.list for NULL, open for
 * reading and writing.  Returns a descriptor, or -1 with b->why set.
 */
int rebuild_file(struct rebuild *b, const char *name);

/*
 * A program that failed may have met a full disk.  Not by its words, which a
 * name could imitate, but by writing more it is found out, for b->full.
 */
void rebuild_check_full(struct rebuild *b);

/* Says why something could not be written.  Returns -1. */
int rebuild_write_failed(struct rebuild *b);

#endif
