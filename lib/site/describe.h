/* A site as JSON: what was found, for people and programs to look at. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_DESCRIBE_H
#define GLB_DESCRIBE_H

#include "base/js.h"
#include "site/site.h"

/*
 * The state of a directory, as seen by this process: "found", "missing",
 * "unreadable", or "unknown" if path is NULL.
 */
const char *site_dir_state(const char *path);

/*
 * The site as an object: its paths, version and user as strings, and the
 * arrays "databases", "storages" and "kinds".  No secret is in it.  To be
 * put back to json-c.
 */
json_object *site_describe(const struct site *s);

#endif
