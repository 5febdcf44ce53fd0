/* What HEAD of a repository names. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_HEAD_H
#define GLB_HEAD_H

#include "base/buf.h"

enum head {
	HEAD_SYMBOLIC, /* it names a reference */
	HEAD_DETACHED, /* it is an object id, or nothing that git takes */
	HEAD_ELSEWHERE, /* only git can tell: not in the file */
	HEAD_UNREADABLE /* see errno */
};

/*
 * Reads HEAD of the repository at dirfd.  HEAD_SYMBOLIC appends the name,
 * "refs/heads/main", to *name.  Silent.
 */
enum head head_read(int dirfd, struct buf *name);

#endif
