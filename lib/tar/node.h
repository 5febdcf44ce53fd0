/* A directory of a tree that is packed: on the way, or read ahead. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_TAR_NODE_H
#define GLB_TAR_NODE_H

#include <sys/stat.h>

#include <stdbool.h>
#include <stddef.h>

#include "tar/names.h"

struct tar_batch;

struct tar_node {
	struct tar_node *up; /* what it lies in; NULL: it is the top */
	const char *name; /* in up, and as long as that is there */
	struct stat st;
	struct tar_names names;
	int fd; /* -1: closed for now */

	/* The walk's. */
	size_t next; /* the entry to come */
	size_t path_len; /* of its own path, slash included */

	/* What is read ahead of the walk; see claims.h. */
	size_t claimed; /* entries before this one are dealt with, or soon */
	unsigned int users; /* how many read below fd just now */
	struct tar_batch *first, *last; /* what the walk has not got yet */
	struct tar_batch *search; /* of these, the first with more to claim */
	bool spent; /* nothing below it is left to claim */
};

/* The directory name of up, open as fd, which is the node's from now on. */
struct tar_node *tar_node_new(
    struct tar_node *up, const char *name, int fd, const struct stat *st);

/* Closes and frees all of it; nothing may be left that was read ahead. */
void tar_node_free(struct tar_node *d);

/* Writes the path of d, "./" or "./a/", into *path. */
void tar_node_path(const struct tar_node *d, struct buf *path);

#endif
