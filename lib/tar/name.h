/* A member's name made a path that cannot lead out of the tree. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_TAR_NAME_H
#define GLB_TAR_NAME_H

#include <stdbool.h>

#include "base/buf.h"
#include "tar/header.h"

/* What a restore keeps for itself at the top of a tree; in no archive. */
#define TAR_RESERVED ".glb-restore"

/*
 * Writes name into *out without dots, doubled slashes and a slash at its end:
 * "a/b", or "" for the top.  Returns NULL, or why it is refused, in words:
 * it is absolute, or one of its components is "..".  Silent.
 */
const char *tar_name_clean(const char *name, struct buf *out);

#define TAR_BAD_TARGET "a hard link to what is no file of this archive"

/* Is the clean path TAR_RESERVED or below it? */
bool tar_name_reserved(const char *path);

/*
 * Is m one that can be unpacked, as far as it tells itself?  Writes its clean
 * path into *path, and that of a hard link's target into *link.  Returns NULL,
 * or why it is refused, in words.  Silent.
 */
const char *tar_name_refused(
    const struct tar_member *m, struct buf *path, struct buf *link);

#endif
