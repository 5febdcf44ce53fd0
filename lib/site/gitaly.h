/* What only Gitaly's own configuration says: where the storages lie. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_GITALY_H
#define GLB_GITALY_H

#include "site/site.h"

/*
 * Sets the path of those storages of s that have none, by the [[storage]]
 * tables of file, Gitaly's config.toml.  Silent: a file that is not there, or
 * is not for us to read, means that the paths stay unknown, as they are when
 * Gitaly runs on another host.
 */
void gitaly_paths(struct site *s, const char *file);

#endif
