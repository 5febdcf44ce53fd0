/* gitlab.yml: users, backups, storages, kinds of blobs. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_GITLAB_H
#define GLB_GITLAB_H

#include "site/conf.h"
#include "site/site.h"

/*
 * Fills in s what section, the environment's part of gitlab.yml, says: user,
 * host, backup settings, storages (without the paths that only Gitaly knows)
 * and kinds.  backups is the default of backup.path, relative to s->root or
 * absolute.  Needs s->root and s->version.  Returns 0, or -1 after a warning.
 */
int gitlab_read(
    struct site *s, const struct conf *section, const char *backups);

/*
 * A setting that is a directory, as an absolute path in fresh memory: below
 * s->root if it is relative.  If there is none, *dir stays as it is; else
 * what was there is freed.  Returns 0, or -1 after a warning.
 */
int gitlab_dir(
    const struct site *s, const struct conf *c, const char *key, char **dir);

#endif
