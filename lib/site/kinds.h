/* The one table of kinds of blobs. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_KINDS_H
#define GLB_KINDS_H

#include "site/conf.h"
#include "site/site.h"

/*
 * Fills s->kinds from the table and section, the environment's part of
 * gitlab.yml.  Needs s->root, s->version and s->user.  Returns 0, or -1 after
 * a warning.
 */
int kinds_read(struct site *s, const struct conf *section);

#endif
