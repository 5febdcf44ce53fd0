/* What a directory was before its contents were replaced. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_TAR_WAS_H
#define GLB_TAR_WAS_H

#include <stdbool.h>

#include "base/buf.h"
#include "tar/attr.h"

/* Zero-initialise. */
struct was {
	struct tar_attr attr; /* its own */
	bool made; /* there was none */
	struct list left; /* names in it that stay where they are */
};

/*
 * Writes *w as the file "was" of the directory dirfd: whole or not at all,
 * and on disk.  Returns 0, or -1 with errno.
 */
int was_save(const struct was *w, int dirfd);

/* Reads it again.  Returns 0, or -1 with errno: EINVAL if it makes no sense. */
int was_load(struct was *w, int dirfd);

/* Frees what w holds. */
void was_free(struct was *w);

#endif
