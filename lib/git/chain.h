/* What a repository's backup is made of: found, in whatever layout, and read.
 */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_CHAIN_H
#define GLB_CHAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* What leads to the steps; git/layout.h has the two older ones. */
enum chain_layout { CHAIN_MANIFEST, CHAIN_POINTER, CHAIN_LEGACY };

/*
 * One backup of a chain, the first a full one, the others what came since.
 * Paths are from the root of the tree and fit names_bad_path(); NULL: none.
 * That a path is given does not mean that its file is there: a repository
 * without hooks has no hooks file, one without references no bundle.
 */
struct chain_step {
	char *bundle_path;
	char *ref_path; /* never NULL; see chain_in_header() */
	char *previous_ref_path;
	char *custom_hooks_path;
};

struct chain {
	enum chain_layout layout;
	char *id; /* of what was read; NULL: legacy, which has none */
	bool empty; /* advisory: the last list of references decides */
	bool non_existent; /* there was no repository */
	char *object_format; /* "sha1", "sha256"; if non_existent also "" */
	/* What HEAD names, in older layouts a guess; NULL: not told. */
	char *head_reference;
	struct chain_step *steps;
	size_t n_steps; /* at least 1, unless non_existent */
};

/* Bytes of a manifest that is read: some forty thousand steps. */
#define CHAIN_MANIFEST_MAX (16 << 20)

enum chain_found {
	CHAIN_READ, /* here it is */
	CHAIN_NONE, /* there is no such backup */
	CHAIN_DAMAGED, /* it is not what it must be */
	CHAIN_UNREADABLE /* the system did not let us read it */
};

/*
 * Opens the file or the directory path ("": root itself) below root, following
 * no symbolic link.  Each returns a descriptor, or -1 with errno.  Silent.
 */
int chain_open(int root, const char *path);
int chain_open_dir(int root, const char *path);

/* Appends the file's bytes, at most max, to *text.  errno tells, too. */
enum chain_found chain_load(
    int root, const char *file, size_t max, struct buf *text, struct buf *why);

/* Adds the names in the directory path, sorted.  Returns 0, or -1 with errno.
 */
int chain_list(int root, const char *path, struct list *names);

/*
 * The id of the newest run: the newest marker below backup_ids.  Sets *id,
 * which the caller frees, or to NULL if there is none.  Returns 0, or -1 with
 * errno.  Silent.
 */
int chain_newest(int root, char **id);

/*
 * Finds and reads the backup id of the repository at path on storage (both fit
 * for names_bad_path() and names_bad_storage()) in the tree at root; or for
 * NULL the newest, where newest is what chain_newest() gave.
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

/* Is the step's list of references only what its bundle's header says? */
bool chain_in_header(const struct chain *c, const struct chain_step *s);

/* Opens that list, as chain_open() does; chain_reason() explains errno. */
int chain_open_refs(
    int root, const struct chain *c, const struct chain_step *s);

const char *chain_reason(int error);

void chain_free(struct chain *c);

#endif
