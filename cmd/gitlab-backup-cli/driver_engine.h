/* What handles the repositories: git here, or Gitaly by gitaly-backup. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_DRIVER_ENGINE_H
#define GLB_DRIVER_ENGINE_H

#include <stdbool.h>

#include "driver.h"
#include "problems.h"

struct engine {
	bool gitaly; /* else git */
	const char *name; /* "gitaly" or "git": for --engine, and the report */
};

/*
 * Which engine the site's repositories are for: the one that was asked for
 * ("auto", "git", "gitaly"), else gitaly where its program is.
 */
struct engine engine_choose(const struct site *s, const char *asked);

/* What gitaly-backup is called on this site: a name, or a path. */
const char *engine_program(const struct site *s);

/*
 * Is there that program, of a version that can be used?  Returns a status,
 * after a warning unless it is PROG_DONE.
 */
int engine_ready(const struct site *s);

/* Adds a problem if the program is not there or cannot be used; */
void engine_look_at_program(const struct site *s, struct problems *p);

/*
 * and one if the Gitaly of this storage has no address or is not there, unless
 * GITALY_SERVERS in the environment says where it is.
 */
void engine_look_at_storage(
    const struct site_storage *s, const char *what, struct problems *p);

#endif
