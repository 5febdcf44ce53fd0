/* Reads a list of references, line by line, and believes none of it. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_REFLIST_H
#define GLB_REFLIST_H

#include <stdint.h>
#include <stdio.h>

struct reflist {
	/* The line at hand: */
	char *oid;
	const char
	    *name; /* "HEAD", which can only be the first, or "refs/..." */
	/* Behind the last one: */
	uint64_t n; /* references, HEAD not counted */
	uint64_t bytes;
	const char *wrong; /* what is wrong; NULL: nothing */
	/* The reader's own: */
	FILE *f;
	size_t digits, size, room;
	char *last; /* the name before this one */
	size_t *prefixes; /* lengths of those of its starts that are names */
	size_t n_prefixes;
};

/*
 * Starts to read fd, which stays the caller's, from its start.  Object ids
 * have this many digits.  Returns 0, or -1 with errno; reflist_close() is
 * right after both.
 */
int reflist_open(struct reflist *l, int fd, size_t digits);

/*
 * Goes to the next line: "OID SP NAME LF", names in ascending order, none
 * twice, none that is another's directory.  Returns 1; 0 at the end; -1 with
 * l->wrong set.
 */
int reflist_next(struct reflist *l);

void reflist_close(struct reflist *l);

#endif
