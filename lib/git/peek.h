/* What a repository's own files tell without starting git. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_PEEK_H
#define GLB_PEEK_H

#include "base/buf.h"

enum peek_head {
	PEEK_SYMBOLIC, /* it names a reference */
	PEEK_DETACHED, /* it is an object id, or nothing that git takes */
	PEEK_ELSEWHERE, /* only git can tell: not in the file */
	PEEK_UNREADABLE /* see errno */
};

/*
 * Reads HEAD of the repository at dirfd.  PEEK_SYMBOLIC appends the name,
 * "refs/heads/main", to *name.  Silent.
 */
enum peek_head peek_head(int dirfd, struct buf *name);

/*
 * Returns 1 if the repository at dirfd is certainly one of the plain kind: its
 * references lie in files, and its object format is sha1; 0 if git has to be
 * asked.  Silent.
 */
int peek_plain(int dirfd);

#endif
