/* What a repository's backup is made of: its manifest, found and read. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_CHAIN_H
#define GLB_CHAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/*
 * One backup of a chain, the first a full one, the others what came since.
 * Paths are from the root of the tree and fit names_bad_path(); NULL: none.
 * That a path is given does not mean that its file is there: a repository
 * without hooks has no hooks file, one without references no bundle.
 */
struct chain_step {
	char *bundle_path;
	char *ref_path;
	char *previous_ref_path;
	char *custom_hooks_path;
};

struct chain {
	char *id; /* of the manifest that was read */
	bool empty; /* advisory: the last list of references decides */
	bool non_existent; /* there was no repository */
	char *object_format; /* "sha1", "sha256"; if non_existent also "" */
	char *head_reference; /* what HEAD names; NULL: not told */
	struct chain_step *steps;
	size_t n_steps; /* at least 1, unless non_existent */
};

enum chain_found {
	CHAIN_READ, /* here it is */
	CHAIN_NONE, /* there is no such manifest */
	CHAIN_DAMAGED, /* it is not what a manifest must be */
	CHAIN_UNREADABLE /* the system did not let us read it */
};

/*
 * Opens the file path below the directory root for reading, following no
 * symbolic link.  Returns a descriptor, or -1 with errno.  Silent.
 */
int chain_open(int root, const char *path);

/* The same for a directory: its entries can be read. */
int chain_open_dir(int root, const char *path);

/*
 * The id of the newest run: the newest marker below backup_ids.  Sets *id,
 * which the caller frees, or to NULL if there is none.  Returns 0, or -1
 * with errno if they cannot be read.  Silent.
 */
int chain_newest(int root, char **id);

/*
 * Reads the manifest of the repository at path on storage (both fit for
 * names_bad_path() and names_bad_storage()) in the tree at root.  id is the
 * backup's name; or NULL for the newest: the one called newest (of
 * chain_newest(); or NULL) if there is such a manifest, else the newest that
 * the repository has.
 *
 * Fills *c, to be freed with chain_free() whatever is returned.  What is not
 * CHAIN_READ has a reason appended to *why.  Silent.
 */
enum chain_found chain_read(int root, const char *storage, const char *path,
    const char *id, const char *newest, struct chain *c, struct buf *why);

/*
 * Reads what a manifest's n bytes say into *c, which has no id then.  Returns
 * 0, or -1 with the reason appended to *why.  Silent.
 */
int chain_parse(const char *text, size_t n, struct chain *c, struct buf *why);

void chain_free(struct chain *c);

#endif
