/* The list of references, and the bundle header that says the same. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_REFS_H
#define GLB_REFS_H

#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"

struct refs {
	uint64_t n; /* references, HEAD not counted */
	uint64_t bytes; /* of the list */
	uint64_t header; /* bytes of the bundle's header */
	size_t digits; /* of an object id: 40 or 64; 0: no line at all */
	char sum[HASH_HEX]; /* SHA-256 of the list */
};

/*
 * Reads the list (what "git show-ref --head" prints: "OID SP NAME LF", HEAD
 * first if it is there) from the start of the file list.  Writes each object
 * id as a line to oids and the header of a bundle of all of them to bundle,
 * both from their starts.  Returns 0, or -1 with errno: EBADMSG for a list
 * that is none, else what reading or writing said.  Silent.
 */
int refs_scan(int list, int oids, int bundle, struct refs *r);

/* The line, or lines, that a bundle starts with. */
const char *refs_signature(const struct refs *r);

/* "sha1" or "sha256", by the number of digits. */
const char *refs_format(const struct refs *r);

#endif
