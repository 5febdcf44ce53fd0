/* database.yml: which databases there are, and how they are reached. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_DATABASE_H
#define GLB_DATABASE_H

#include "site/conf.h"
#include "site/site.h"

/*
 * Fills s->dbs from root, the mapping of the whole of database.yml, of which
 * s->env names the part; from the output of its config_command, if it has
 * one; and from the GITLAB_BACKUP_*PG* and GITLAB_OVERRIDE_*PG* variables of
 * the environment.  Returns 0, or -1 after a warning.
 */
int database_read(struct site *s, const struct conf *root);

#endif
