/* The state of an archive that is being unpacked: of unpack.c and entry.c. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_TAR_UNPACKER_H
#define GLB_TAR_UNPACKER_H

#include <sys/stat.h>

#include <stdbool.h>

#include "base/buf.h"
#include "tar/attr.h"
#include "tar/crew.h"
#include "tar/dirs.h"
#include "tar/place.h"
#include "tar/read.h"
#include "tar/unpack.h"

struct unpacker {
	const struct tar_unpack *o;
	struct tar_into *into;
	int top;
	struct tar_self self;
	struct tar_reader *reader;
	struct tar_place *place; /* of the parents of members */
	struct tar_place *targets; /* of what hard links lead to */
	struct tar_dirs *dirs;
	struct tar_crew *crew; /* that makes small files meanwhile */
	struct timespec since; /* see unpack_ours() */
	struct tar_member m; /* the current one */
	struct tar_attr want;
	struct buf path; /* its clean name */
	const char *base; /* the last component of path */
	int parent; /* where base is or will be */
	struct buf link; /* the clean name that a hard link leads to */
	struct buf temp; /* scratch */
	bool link_kept; /* the hard link leads to a file that was kept */
	uint64_t kept;
	int status; /* so far */
};

/*
 * These warn, set u->status, and return -1: of the current member, which is
 * refused; of the archive, which tar_read_ could not read; of the path (clean,
 * "" is the top), with errno or another reason.  They are silent if something
 * before in the archive turns out to have failed: that is what is told then.
 */
int unpack_refuse(struct unpacker *u, const char *why);
int unpack_unreadable(struct unpacker *u);
int unpack_fail(struct unpacker *u, const char *path);
int unpack_fail_for(struct unpacker *u, const char *path, const char *why);

/* Warns that attributes of path could not be set, with errno. */
void unpack_attr_failed(struct unpacker *u, const char *path);

/* The same of path below dir, by any thread. */
void unpack_warn_attr(const char *dir, const char *path);

/*
 * Has this archive brought what st shows?  Where the tree was not empty, its
 * ctime tells: whatever was there before has an earlier one.
 */
bool unpack_ours(const struct unpacker *u, const struct stat *st);

/*
 * Unpacks the current member, no directory: whole and with all its attributes
 * before it takes its place, or others can see that.  0, or -1.
 */
int unpack_entry(struct unpacker *u);

#endif
