/* A list of references or a bundle's header, read from a backup. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_BUNDLE_H
#define GLB_BUNDLE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct bundle {
	uint64_t lines; /* of references, HEAD among them */
	uint64_t refs; /* HEAD not counted */
	bool empty; /* nothing follows the header: a step without news */
	uint64_t bytes; /* of the whole file */
};

/*
 * Both read the file fd from its start, and append every object id that it
 * names to oids, one a line; digits is how many an id must have, 40 or 64.
 * They return NULL with *b filled, or what is wrong, in words; errno is 0 if
 * it is the file's contents, else what reading said.  Silent.
 */

/* The list "OID SP NAME LF ..."; the last line may lack its end. */
const char *bundle_refs(int fd, size_t digits, FILE *oids, struct bundle *b);

/*
 * The header of a bundle, the objects that it builds upon included.  Leaves
 * fd behind it, at the pack.
 */
const char *bundle_header(int fd, size_t digits, FILE *oids, struct bundle *b);

/* "sha1" or "sha256", as the header says; NULL if it is no bundle.  Silent. */
const char *bundle_format(int fd);

/*
 * Writes the references of the header as a list, HEAD first, to out.  Returns
 * 0, or -1 with errno, EBADMSG if it is no bundle.  Silent.
 */
int bundle_list(int fd, FILE *out);

#endif
