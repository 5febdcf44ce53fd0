/* What a tag in a pack leads to. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_PACKTAG_H
#define GLB_PACKTAG_H

#include "git/packidx.h"

enum packtag {
	PACKTAG_TAG, /* the object is one */
	PACKTAG_OTHER, /* it is a commit, tree or blob */
	PACKTAG_BAD /* it cannot be read, or is larger than a tag should be */
};

/*
 * Reads the object that starts at offset of the pack, if it is a tag, and says
 * in target, as bytes, which object it is a tag of.  Silent.
 */
enum packtag packtag_read(const struct packidx *x, int pack, uint64_t offset,
    unsigned char target[PACK_SUM]);

#endif
