/* Which objects of a pack its bitmaps say that commits reach. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_PACKMAP_H
#define GLB_PACKMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "git/packidx.h"

struct packmap_entry {
	uint32_t commit; /* its number in the order of the ids */
	uint32_t before; /* the bitmap is a difference to that of the entry
			    so many before; 0: to nothing */
	uint64_t at; /* of its words in the file */
	uint32_t words;
	bool added; /* by packmap_add() */
};

struct packmap {
	int fd; /* the caller's */
	uint32_t n; /* objects of the pack */
	size_t n_words;
	struct packmap_entry *entries; /* by commit's place in the file */
	uint32_t *order; /* of the entries by commit */
	uint32_t n_entries;
	uint64_t *reached, *one; /* a bit for each object */
	uint64_t *tags;
	uint32_t n_tags;
	uint64_t work; /* words that may still be read */
};

/*
 * Reads the bitmaps in the file fd, which must be of the pack of x and sound.
 * At most work words will be looked at in all.  Returns false if they are of
 * no use.  The caller frees them in either case.
 */
bool packmap_open(
    struct packmap *m, int fd, const struct packidx *x, uint64_t work);
void packmap_close(struct packmap *m);

/*
 * Counts as reached all that the commit with this number in the order of the
 * ids reaches, if it has a bitmap: *found.  Returns false if the bitmap is not
 * sound, or too much work.
 */
bool packmap_add(struct packmap *m, uint32_t commit, bool *found);

/* Is everything reached but tags, and of these none? */
bool packmap_all(const struct packmap *m);

#endif
