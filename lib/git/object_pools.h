/* GitLab's object pools, which GitLab itself makes again after a restore. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_OBJECT_POOLS_H
#define GLB_OBJECT_POOLS_H

#include <stdbool.h>

#include "site/site.h"

/*
 * Objects that forks have in common lie in pools, which no backup has: each
 * member's bundle is whole without.  GitLab's task resets the record of every
 * pool and has it made again later, and tells each on a line of JSON:
 *
 *	{"disk_path":"@pools/..","status":"scheduled|skipped|failed",
 *	 "error_message":".."}
 */
#define OBJECT_POOLS_TASK "gitlab:backup:repo:reset_pool_repositories"

/*
 * Can GitLab's rake be run on this site?  For one installed from source that
 * is bundle in its root, else gitlab-rake on PATH or where Omnibus has it.
 */
bool object_pools_there(const struct site *s);

/*
 * Runs the task and writes a line to stdout for each pool as it is told,
 * {"disk_path":..,"status":..} and "error" if it failed; other lines become
 * messages.  Returns a status: PROG_PARTIAL if a pool failed or a line made
 * no sense, PROG_FAILED if the task failed or could not be run.
 */
int object_pools_reset(const struct site_where *where);

#endif
