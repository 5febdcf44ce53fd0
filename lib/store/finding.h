/* What verifying a backup finds, told to people or to programs. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_FINDING_H
#define GLB_FINDING_H

#include <stdint.h>

#include "base/buf.h"

enum finding {
	FINDING_OK,
	FINDING_DAMAGED, /* wrong, missing, or not to be there */
	FINDING_UNREADABLE, /* the system did not let us look */
	FINDING_UNCHECKED, /* we do not know how to look */
	FINDING_ABSENT /* asked for, and the backup does not have it */
};

/* All that is found.  Its functions may be called from any thread. */
struct findings;

/*
 * Starts a table on stdout, or with json a line of JSON for each finding and
 * at the end one that sums up and tells of only, the parts that are looked at,
 * unless it is empty; it is borrowed.  Free with findings_end().
 */
struct findings *findings_new(
    const char *dir, const struct list *only, int quick, int json);

/*
 * Adds one file: its name below the directory, what was looked at ("sha256
 * gzip tar"), its size, and unless it is sound the reason, which becomes a
 * warning, too, or NULL if there has been one.  The table shows sound files
 * below repositories/ only all together.
 */
void findings_add(struct findings *f, const char *file, const char *checked,
    uint64_t bytes, enum finding verdict, const char *why);

/*
 * Adds a sound file that was read; content is how many bytes are in it
 * uncompressed, 0 if it is not compressed.
 */
void findings_add_sound(struct findings *f, const char *file,
    const char *checked, uint64_t bytes, uint64_t content);

/*
 * Adds a repository, or all of them, or a part: what is no file of the backup,
 * and does not count as one.
 */
void findings_add_part(struct findings *f, const char *name,
    const char *checked, enum finding verdict, const char *why);

/* Adds the number of repositories that were examined. */
void findings_repositories(struct findings *f, uint64_t n);

/*
 * Tells that there are no sums, so that not every change can be found: as a
 * warning, and to programs.
 */
void findings_no_sums(struct findings *f);

/* Sums up and frees f.  Returns a status. */
int findings_end(struct findings *f);

#endif
