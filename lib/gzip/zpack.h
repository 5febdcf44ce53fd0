/* Compresses a stream, on several processors, into one gzip member. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_ZPACK_H
#define GLB_ZPACK_H

#include <stdbool.h>

#define ZPACK_PROCESSORS 256 /* at most */

struct zpack_options {
	int level; /* 1 to 9 */
	unsigned int processors; /* 1 to ZPACK_PROCESSORS */
	bool content_defined; /* borders follow the content (rsyncable) */
};

/*
 * Reads in to its end and writes it to out in the form of gzip/zhead.h.  What
 * is written depends on the input, the level and content_defined only.
 * Memory: about 1 MiB a block, of which 2 * processors + 2 are
 * under way, or one with one processor.  Messages call the descriptors
 * "standard input" and "standard output"; neither is closed.  Returns a
 * status.
 */
int zpack_stream(int in, int out, const struct zpack_options *o);

#endif
