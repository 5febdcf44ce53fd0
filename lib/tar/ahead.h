/* Threads that read a tree ahead of the walk through it. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_TAR_AHEAD_H
#define GLB_TAR_AHEAD_H

#include <stddef.h>
#include <stdint.h>

#include "tar/exclude.h"
#include "tar/fetch.h"
#include "tar/node.h"

/*
 * Reading ahead is fetching: it knows small files and directories that are as
 * they should be, see fetch.h.  All else is left to the walk, which meets it
 * in its order as if nobody had been there.  So what comes out, messages too,
 * does not depend on how far ahead anybody was.
 *
 * It begins when the walk has met some small files; then what is claimed by
 * the threads comes next in the walk's order as far as that is known.  Memory:
 * 32 MiB at most.  Descriptors: at most 150, none where few are allowed.
 *
 * All functions are for the one thread that walks.
 */
struct tar_ahead;

/* Nothing is begun yet.  x, which may be NULL, stays the caller's. */
struct tar_ahead *tar_ahead_new(const struct tar_exclude *x);

/* The walk has met a file of that size. */
void tar_ahead_saw(struct tar_ahead *a, uint64_t size);

/* The walk goes down to d, or back up to it. */
void tar_ahead_at(struct tar_ahead *a, struct tar_node *d);

/*
 * The walk takes entry i of d, the next one of where it is, and gets what is
 * known of it: *seen, good until the next call, or *dir, which it owns from
 * now on, or NULL for both.
 */
void tar_ahead_take(struct tar_ahead *a, struct tar_node *d, size_t i,
    const struct tar_seen **seen, struct tar_node **dir);

/* d->fd will be fd; if that is -1 it is closed, which may have to wait. */
void tar_ahead_set_fd(struct tar_ahead *a, struct tar_node *d, int fd);

/* Frees d, and what was read ahead below it. */
void tar_ahead_drop(struct tar_ahead *a, struct tar_node *d);

/* Ends all threads.  a may be NULL. */
void tar_ahead_free(struct tar_ahead *a);

#endif
