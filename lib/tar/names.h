/* The names in a directory, read whole and sorted by their bytes. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_TAR_NAMES_H
#define GLB_TAR_NAMES_H

#include <stddef.h>

#include "base/buf.h"
#include "tar/exclude.h"

/* Zero-initialise. */
struct tar_names {
	struct buf text; /* a byte of type, a name and a NUL, and so on */
	size_t *order; /* where each entry stands in text, sorted */
	size_t n;
};

#define TAR_NAMES_SCRATCH 32768 /* what readdir(3) uses too */

/*
 * Reads the names in the directory fd, whose path is "./", "./a/" and so on,
 * but for those that x (or NULL) keeps out.  scratch has TAR_NAMES_SCRATCH
 * bytes, aligned as malloc(3) does.  Returns 0, or -1 with errno, what could
 * be read being there: EFBIG if that is more than max bytes.  Silent.
 */
int tar_names_read(struct tar_names *v, int fd, const struct tar_exclude *x,
    const char *path, size_t max, void *scratch);

/* The name of entry i, and its type: DT_REG, ..., DT_UNKNOWN. */
const char *tar_names_get(const struct tar_names *v, size_t i);
unsigned char tar_names_type(const struct tar_names *v, size_t i);

/* How many bytes of memory it takes. */
size_t tar_names_size(const struct tar_names *v);

/* Frees what v holds. */
void tar_names_free(struct tar_names *v);

#endif
