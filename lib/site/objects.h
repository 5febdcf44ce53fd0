/* Which kinds of blobs are kept in buckets. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_OBJECTS_H
#define GLB_OBJECTS_H

#include "site/conf.h"
#include "site/site.h"

/*
 * Sets bucket and provider of k, if section, the environment's part of
 * gitlab.yml, keeps the kind k->id in a bucket: by the consolidated settings
 * (object_store) where GitLab takes these, else by the kind's own.  Returns
 * 0, or -1 after a warning.
 */
int objects_read(const struct conf *section, struct site_kind *k);

#endif
