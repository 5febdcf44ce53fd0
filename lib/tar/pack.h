/* A directory tree as a tar stream. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_TAR_PACK_H
#define GLB_TAR_PACK_H

#include <stdbool.h>

#include "tar/exclude.h"

#define TAR_PACK_RETRIES 3

/* What to do about a file that changes while it is read. */
enum tar_on_change {
	TAR_CHANGE_RETRY, /* write it again, TAR_PACK_RETRIES times at most */
	TAR_CHANGE_WARN, /* name it */
	TAR_CHANGE_FAIL /* name it and stop */
};

struct tar_pack {
	const char *dir; /* may be a symbolic link to a directory */
	const struct tar_exclude *exclude; /* or NULL */
	enum tar_on_change on_change;
	bool allow_missing; /* no dir: an archive without members */
};

/*
 * Writes the archive of o->dir to fd.  Returns a status: PROG_PARTIAL if
 * something was left out or is not a moment's truth, and PROG_FAILED if there
 * is no whole archive: the directory cannot be opened (then nothing was
 * written), fd cannot be written, or a change with TAR_CHANGE_FAIL (then the
 * end marker is missing).
 */
int tar_pack(const struct tar_pack *o, int fd);

#endif
