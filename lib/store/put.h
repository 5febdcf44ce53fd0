/* How a file enters a backup, and how it comes out again. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_PUT_H
#define GLB_PUT_H

#include <sys/types.h>

#include "base/hash.h"

/*
 * Is name fit for a member of a backup: relative, without "." or ".." or
 * empty parts?  Returns 1 or 0.
 */
int put_name_ok(const char *name);

/*
 * Writes what fd gives to dir/name, durable or absent: into a nameless or
 * temporary file in dir, hashed on the way, fsync, rename, fsync of the
 * directories.  Directories in name are made as the umask says.  An existing
 * file is replaced.  hex gets the SHA-256.  Returns a status.
 */
int put_file(
    const char *dir, const char *name, mode_t mode, int fd, char hex[HASH_HEX]);

/*
 * Streams dir/name to fd and compares its SHA-256 with dir/SHA256SUMS at the
 * end.  Returns a status: PROG_DAMAGED if it does not hold or the name is not
 * in that file.  Without any SHA256SUMS it warns that nothing was checked.
 */
int put_get(const char *dir, const char *name, int fd);

#endif
