/* Tar member headers: POSIX ustar, with pax records where it is too small. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_TAR_HEADER_H
#define GLB_TAR_HEADER_H

#include <sys/types.h>

#include <stdint.h>
#include <time.h>

#include "base/buf.h"

#define TAR_BLOCK 512 /* the unit of the format */
#define TAR_RECORD 10240 /* an archive is a whole number of these */

/* Member types, as they stand in the header. */
#define TAR_FILE '0'
#define TAR_HARDLINK '1'
#define TAR_SYMLINK '2'
#define TAR_DIR '5'
#define TAR_FIFO '6'

struct tar_member {
	const char *path; /* "./a"; a directory's ends with a slash */
	const char *link; /* where a TAR_HARDLINK or TAR_SYMLINK leads, or "" */
	const char *user, *group; /* names, "" if unknown */
	struct timespec mtime;
	uint64_t size; /* bytes of contents: 0 for all but TAR_FILE */
	uid_t uid;
	gid_t gid;
	mode_t mode; /* only the bits of 07777 are stored */
	char type;
};

/*
 * Appends the header of m to *out: one ustar block, before it a pax extended
 * header if a value does not fit into ustar's fields.  What is appended is a
 * whole number of blocks and depends on m alone.  Silent, cannot fail.
 */
void tar_header_encode(const struct tar_member *m, struct buf *out);

#endif
