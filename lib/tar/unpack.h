/* A tar stream as a directory tree. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_TAR_UNPACK_H
#define GLB_TAR_UNPACK_H

/* What to do about what is in the directory already. */
enum tar_existing {
	TAR_EXISTING_FAIL, /* it must be empty, but for lost+found */
	TAR_EXISTING_KEEP, /* files stay and are counted */
	TAR_EXISTING_OVERWRITE /* files are replaced */
};

struct tar_unpack {
	const char *dir; /* made if absent; may be a link to a directory */
	enum tar_existing existing;
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

#endif
