/* What of a tree is read ahead of the walk next, and what has been. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_TAR_CLAIMS_H
#define GLB_TAR_CLAIMS_H

#include <stdbool.h>
#include <stddef.h>

#include "tar/fetch.h"
#include "tar/node.h"

/*
 * A batch is a run of entries of a directory that are not directories, or one
 * that is.  A node's batches follow each other; so its entries are those that
 * the walk has taken, those in batches, and those nobody has claimed.  Who
 * looks for work begins where the walk is and goes on in its order: into the
 * directories in batches, then to what is unclaimed, then one up.
 */
struct tar_batch {
	struct tar_batch *next;
	size_t from, n; /* entries of the node */
	bool is_dir, done;
	struct tar_node *dir; /* that was fetched, or NULL */
	struct tar_seen seen[]; /* n of them; none if is_dir */
};

/* Threads share this, and what the nodes say of it, by a lock of the caller. */
struct tar_claims {
	struct tar_pool pool; /* has its own lock */
	struct tar_node *at; /* where the walk is */
	size_t bytes; /* of batches and names */
	size_t dirs, dirs_max; /* batches that are one, or want to be */
	unsigned int active; /* batches that are worked on */
	bool stop; /* nothing is claimed any more */
	bool paused; /* the same, for now */
};

/* dirs_max: how many directories may be open, each with a descriptor. */
void tar_claims_init(struct tar_claims *c, size_t dirs_max);

/* Frees the memory; everything must have been taken or cleared. */
void tar_claims_destroy(struct tar_claims *c);

/* May something be claimed, or is there room even for a part of all? */
bool tar_claims_room(struct tar_claims *c, unsigned int part);

/* Claims what comes next; *in is the node it is in.  NULL: nothing yet. */
struct tar_batch *tar_claims_next(struct tar_claims *c, struct tar_node **in);

/*
 * Claims the files that d, which was fetched just now, begins with.  NULL if it
 * begins with none, or nothing is to be claimed.
 */
struct tar_batch *tar_claims_files(struct tar_claims *c, struct tar_node *d);

/* The batch b of d is done: b->dir, or b->seen, is what was fetched. */
void tar_claims_done(
    struct tar_claims *c, struct tar_node *d, struct tar_batch *b);

/* The directory of b, which is done, goes to the caller; NULL: it has none. */
struct tar_node *tar_claims_take_dir(struct tar_claims *c, struct tar_batch *b);

/* All of d's first batch has been taken: it is freed. */
void tar_claims_drop_first(struct tar_claims *c, struct tar_node *d);

/* Frees what was read ahead in d and below; nobody may be at work. */
void tar_claims_clear(struct tar_claims *c, struct tar_node *d);

#endif
