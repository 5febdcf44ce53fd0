/* Walking a directory tree in a fixed order, however deep it is. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_TAR_WALK_H
#define GLB_TAR_WALK_H

#include <sys/stat.h>

#include <stdint.h>

#include "tar/exclude.h"
#include "tar/fetch.h"

/*
 * The order: a directory's entries by the bytes of their names (strcmp(3)),
 * and what lies below an entry right behind it.
 *
 * Memory: the names of all directories from the top to the current one, and
 * what ahead.h says.  Descriptors: at most 34, and the same.  Paths are never
 * given to the kernel, so that their length has no limit.
 */
struct tar_walk;

struct tar_entry {
	int dirfd; /* its directory, maybe open with O_PATH only */
	const char *name;
	unsigned char type; /* DT_REG, ..., DT_UNKNOWN, as readdir(3) says */
	/* What has been read ahead: contents, attributes; or NULL. */
	const struct tar_seen *seen;
	const struct stat *dir; /* see tar_walk_enter_seen() */
};

/* A walk that has not entered a directory yet.  top is used in messages, x
 * may be NULL; both stay the caller's, for as long as the walk lasts. */
struct tar_walk *tar_walk_new(const char *top, const struct tar_exclude *x);

/*
 * Goes into the directory open as fd, with the attributes st: the top first,
 * then any entry that tar_walk_next() has just returned.  fd is the walk's
 * from now on, whatever is returned.  Returns 0, or -1 after a warning if the
 * directory is one of those that it lies in.  One that cannot be read whole
 * is entered with what could be read, after a warning.
 */
int tar_walk_enter(struct tar_walk *w, int fd, const struct stat *st);

/* The same for the directory that _next has returned, if its dir is set. */
int tar_walk_enter_seen(struct tar_walk *w);

/* Tells of a file of that size, that was not seen: see tar_ahead_saw(). */
void tar_walk_saw(struct tar_walk *w, uint64_t size);

/*
 * The next entry, good until the next call of _next or _enter.  Returns 1, or
 * 0 at the end.
 */
int tar_walk_next(struct tar_walk *w, struct tar_entry *e);

/*
 * The path of the current entry, "./a/b", or of the directory just entered,
 * "./a/b/".  Good until the next call of _next or _enter.
 */
const char *tar_walk_path(const struct tar_walk *w);

/* The same with top instead of the dot, as one line; the caller frees it. */
char *tar_walk_line(const struct tar_walk *w);

/* PROG_DONE, or PROG_PARTIAL after any of the warnings above. */
int tar_walk_status(const struct tar_walk *w);

/* Closes all; w may be NULL. */
void tar_walk_free(struct tar_walk *w);

#endif
