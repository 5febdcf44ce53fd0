/* The records of pax extended headers. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_TAR_PAX_H
#define GLB_TAR_PAX_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/buf.h"

enum tar_pax_key {
	TAR_PAX_PATH,
	TAR_PAX_LINK,
	TAR_PAX_USER,
	TAR_PAX_GROUP,
	TAR_PAX_TEXTS, /* how many of the above */
	TAR_PAX_SIZE = TAR_PAX_TEXTS,
	TAR_PAX_UID,
	TAR_PAX_GID,
	TAR_PAX_MTIME,
	TAR_PAX_KEYS
};

/* Zero-initialise. */
struct tar_pax {
	unsigned has; /* bit 1 << key: the value is there */
	unsigned hides; /* a record without a value: no earlier one counts */
	struct buf text[TAR_PAX_TEXTS];
	uint64_t number[TAR_PAX_KEYS]; /* of size, uid and gid */
	struct timespec mtime;
};

/*
 * Adds the records in the n bytes at s, the later of the same name winning.
 * Names that are not those above are passed over, but for those of sparse
 * files, which change what a member's contents mean.  Returns NULL, or what
 * is wrong, in words; *p is then of no use but to be freed.  Silent.
 */
const char *tar_pax_parse(struct tar_pax *p, const char *s, size_t n);

/* Forgets all values and keeps the memory. */
void tar_pax_reset(struct tar_pax *p);

/* Frees the memory. */
void tar_pax_free(struct tar_pax *p);

#endif
