/* The devices that a restore writes to: their room, and what is mounted. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_ROOM_H
#define GLB_ROOM_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include "problems.h"
#include "site/site.h"

/* A device that something comes onto. */
struct room {
	dev_t dev;
	uint64_t needed, free; /* bytes */
	char *mount; /* where it is mounted */
};

/* Zero-initialise. */
struct rooms {
	struct room *v;
	size_t n;
};

/* The nearest directory of path that exists, "/" at last; to be freed. */
char *room_existing(const char *path);

/*
 * The device of the existing directory path, with what is free for us; valid
 * until the next call.  NULL with errno.
 */
struct room *room_of(struct rooms *l, const char *path);

/* Adds a problem for each device onto which more comes than is free. */
void room_judge(const struct rooms *l, struct problems *p);
void room_free(struct rooms *l);

/* Adds a problem if there is no way to the kind's directory for unpacking. */
void room_way(const struct site_kind *k, struct problems *p);

/*
 * Does a restore leave alone what has the path below in the kind's directory,
 * for the sake of its first name?
 */
bool room_left_alone(const struct site_kind *k, const char *below);

/*
 * Adds a problem for each mount point inside of the kind's directory that a
 * restore would have to move.
 */
void room_mounts(const struct site_kind *k, struct problems *p);

#endif
