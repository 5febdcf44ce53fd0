/* A member's name made a path that cannot lead out of the tree. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_TAR_NAME_H
#define GLB_TAR_NAME_H

#include "base/buf.h"

/*
 * Writes name into *out without dots, doubled slashes and a slash at its end:
 * "a/b", or "" for the top.  Returns NULL, or why it is refused, in words:
 * it is absolute, or one of its components is "..".  Silent.
 */
const char *tar_name_clean(const char *name, struct buf *out);

#endif
