/* Small files and directories read into memory, by any thread. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_TAR_FETCH_H
#define GLB_TAR_FETCH_H

#include <sys/stat.h>

#include <pthread.h>
#include <stdatomic.h>

#include "tar/node.h"

#define TAR_FETCH_FILE ((size_t)128 * 1024) /* larger ones are not fetched */
#define TAR_FETCH_NAMES ((size_t)256 * 1024) /* of a directory: the same */
#define TAR_FETCH_CHUNK ((size_t)256 * 1024) /* the unit of memory */

/* Memory for contents, taken in chunks and given back. */
struct tar_chunk;
struct tar_pool {
	pthread_mutex_t lock;
	struct tar_chunk *unused;
	atomic_size_t used; /* bytes of the others */
};

void tar_pool_init(struct tar_pool *p);
size_t tar_pool_used(struct tar_pool *p);

/* Frees the memory; all chunks must have been given back. */
void tar_pool_destroy(struct tar_pool *p);

/* A file that did not change while it was read. */
struct tar_seen {
	const char *data; /* st.st_size bytes; NULL: it was not fetched */
	struct tar_chunk *chunk; /* where they are */
	struct stat st;
};

/* Gives back what *s holds. */
void tar_seen_drop(struct tar_pool *p, struct tar_seen *s);

/* What a thread needs to fetch. */
struct tar_fetch;
struct tar_fetch *tar_fetch_new(
    struct tar_pool *pool, const struct tar_exclude *x);

/*
 * Fetches name in the directory dirfd into *s if it is a regular file with
 * one name, not too large, that can be read and does not change; else s->data
 * is NULL, whatever the reason is.  Silent.
 */
void tar_fetch_file(
    struct tar_fetch *f, int dirfd, const char *name, struct tar_seen *s);

/*
 * Opens the directory name of up, which is open as dirfd, and reads its names.
 * Returns it; or NULL, for any reason: then nothing is known.  Silent.
 */
struct tar_node *tar_fetch_dir(
    struct tar_fetch *f, struct tar_node *up, int dirfd, const char *name);

/* Frees f, which may be NULL. */
void tar_fetch_free(struct tar_fetch *f);

#endif
