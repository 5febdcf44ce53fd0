/* The tree of backups that we write: files enter it complete or not at all. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_TREE_H
#define GLB_TREE_H

#include "base/buf.h"

/*
 *	backup_ids/ID				written last, by tree_finish()
 *	manifests/STORAGE/PATH/ID.toml
 *	manifests/STORAGE/PATH/+latest.toml	the same bytes
 *	STORAGE/PATH/ID/NNN.refs		001, or the number of the
 *	STORAGE/PATH/ID/NNN.bundle		increment in its chain
 *	STORAGE/PATH/ID/NNN.custom_hooks.tar
 *	.glb-tmp.PID/				what is not complete yet
 */
struct tree;

/* The files of one repository, by their order of writing. */
enum tree_file { TREE_REFS, TREE_BUNDLE, TREE_HOOKS, TREE_FILES };

/* What they are called while they are temporary: "refs". */
extern const char *const tree_names[TREE_FILES];

/*
 * What file is called in the tree as one of the backup's step number, from 1:
 * "001.refs".  The caller frees it.
 */
char *tree_name(size_t number, enum tree_file file);

/*
 * Opens the tree at path, made if it is not there, for a backup called id.
 * Returns NULL after a warning; so if the tree has this id already.
 */
struct tree *tree_open(const char *path, const char *id);

/*
 * A temporary file, empty, open for reading and writing, by the name name,
 * which the worker with this number uses for nothing else.  Returns its
 * descriptor, or -1 with errno (silent).
 */
int tree_temporary(const struct tree *t, unsigned int worker, const char *name);

/*
 * Puts one repository in its place: of the temporary files called as in
 * tree_names those with have[] set, then the manifest, twice.  They make the
 * step with this number.  Returns 0, or
 * -1 with errno (silent) and all of it taken away again: EEXIST if there is a
 * backup of that id already.
 */
int tree_publish(const struct tree *t, unsigned int worker,
    const char *storage_path, size_t number, const char have[TREE_FILES],
    const struct buf *manifest);

/*
 * Makes everything durable, then marks the id as that of a finished backup.
 * Returns 0, or -1 after a warning.
 */
int tree_finish(const struct tree *t);

/* Removes the temporary directory and frees t, which may be NULL. */
void tree_close(struct tree *t);

/*
 * 1 if this errno of writing means that the tree takes no more, so that every
 * other repository would fail with it, too.
 */
int tree_is_full(int error);

#endif
