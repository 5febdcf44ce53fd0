/* A tar stream as a directory tree. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_TAR_UNPACK_H
#define GLB_TAR_UNPACK_H

#include <stdbool.h>
#include <stdint.h>

#include "tar/attr.h"
#include "tar/exclude.h"

/* What to do about what is in the directory already. */
enum tar_existing {
	TAR_EXISTING_FAIL, /* it must be empty, but for lost+found and leave */
	TAR_EXISTING_KEEP, /* files stay and are counted */
	TAR_EXISTING_OVERWRITE /* files are replaced */
};

struct tar_unpack {
	const char *dir; /* made if absent; may be a link to a directory */
	enum tar_existing existing;
	const struct tar_exclude *leave; /* not minded; or NULL */
};

/*
 * Unpacks the archive from fd below o->dir, never outside of it, whatever its
 * members say.  The umask is 0 meanwhile.  Returns a status: PROG_DAMAGED at
 * the first member that is refused or that the archive does not give whole,
 * PROG_FAILED if something could not be read or written, PROG_PARTIAL if an
 * owner, mode or time could not be set.  With the first two, what was unpacked
 * before stays, and directories may have the mode 0700.
 */
int tar_unpack(const struct tar_unpack *o, int fd);

/* Where tar_unpack_into() unpacks, and what it leaves to its caller. */
struct tar_into {
	int top; /* the directory, open; in messages it is called o->dir */
	int stop; /* if it can be read, the run ends, silently; or -1 */
	bool hidden; /* nobody looks into top before all is there */
	bool keep_top; /* do not set the attributes of the top */
	bool has_top; /* out: the archive has some for it, then attr */
	struct tar_attr attr;
	uint64_t members; /* out: how many there were */
};

/* The same in a directory that is open already, whatever is in it. */
int tar_unpack_into(const struct tar_unpack *o, struct tar_into *into, int fd);

#endif
