/* The manifest of one repository's backup, in TOML. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_MANIFEST_H
#define GLB_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* One step of a chain: paths from the root of the tree, NULL: left out. */
struct manifest_step {
	const char *bundle_path;
	const char *ref_path;
	const char *previous_ref_path;
	const char *custom_hooks_path;
};

struct manifest {
	bool empty; /* no refs at the time of the backup */
	bool non_existent; /* no repository at the time of the backup */
	const char *object_format; /* "sha1", "sha256", "" if non_existent */
	const char *head_reference; /* what HEAD names; NULL: left out */
	const struct manifest_step *steps;
	size_t n_steps;
};

/*
 * Appends m as TOML, byte for byte as Gitaly's own writer has it.  All strings
 * must be UTF-8.
 */
void manifest_write(struct buf *out, const struct manifest *m);

#endif
