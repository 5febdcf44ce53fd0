/* Threads that make the small files of an archive. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_TAR_CREW_H
#define GLB_TAR_CREW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tar/attr.h"

/*
 * One thread reads the archive, makes directories, links and large files, and
 * hands small files on.  Those of one directory are made by one thread, in the
 * order in which they were handed on; whatever else concerns the same name
 * must wait until that is settled.
 *
 * Of several files that cannot be made the first one in the archive counts:
 * all before it are made, and some behind it may be.
 *
 * Memory: 8 MiB, and that of one file.  Descriptors: 70 at most; where few are
 * allowed no thread is started.  All functions are for the one thread.
 */
struct tar_crew;

/* A file on its way. */
struct tar_job;

/* What went wrong first. */
struct tar_crew_failure {
	char *path;
	int error; /* an errno */
};

/*
 * No thread is started yet.  self and dir, which messages begin with, stay the
 * caller's.  With idle none ever is: then nothing is taken.  hidden: see
 * file.h.
 */
struct tar_crew *tar_crew_new(
    const struct tar_self *self, const char *dir, bool idle, bool hidden);

/*
 * A file of that size is to be made: may it be handed on?  The first few are
 * not, for whom no thread is worth while.
 */
bool tar_crew_wants(struct tar_crew *c, uint64_t size);

/*
 * A file of size bytes, whose contents are to be written to *data; path is its
 * clean name, dirfd its directory.  May have to wait.  Returns NULL if there
 * is no descriptor for it.
 */
struct tar_job *tar_crew_job(struct tar_crew *c, int dirfd, const char *path,
    const struct tar_attr *want, size_t size, char **data);

/* Hands on, or does without, what _job() has returned. */
void tar_crew_give(struct tar_crew *c, struct tar_job *j);
void tar_crew_drop(struct tar_crew *c, struct tar_job *j);

/* Waits until nothing is being made under that path; all, if it is NULL. */
void tar_crew_settle(struct tar_crew *c, const char *path);

/* Has something failed so far? */
bool tar_crew_failed(const struct tar_crew *c);

/* When all is settled: what has failed first, or NULL. */
const struct tar_crew_failure *tar_crew_failure(const struct tar_crew *c);

/* When all is settled: could some owner, mode or time not be set? */
bool tar_crew_partial(const struct tar_crew *c);

/* Ends all threads when all is made.  c may be NULL. */
void tar_crew_free(struct tar_crew *c);

#endif
