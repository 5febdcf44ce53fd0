/* Which kinds of blobs are kept in buckets. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_OBJECTS_H
#define GLB_OBJECTS_H

#include "site/conf.h"
#include "site/site.h"

/*
 * Sets bucket and connection of k, if section, the environment's part of
 * gitlab.yml, keeps the kind k->id in a bucket: by the consolidated settings
 * (object_store) where GitLab takes these, else by the kind's own.  Returns
 * 0, or -1 after a warning.
 */
int objects_read(const struct conf *section, struct site_kind *k);

/*
 * Reads the connection of the consolidated settings, whether or not they are
 * those that count; *to stays empty without one.  Returns 0, or -1 after a
 * warning.
 */
int objects_read_common(const struct conf *section, struct site_connection *to);

#endif
