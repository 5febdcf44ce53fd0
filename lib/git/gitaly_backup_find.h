/* Where Gitaly's own program for backups is, if the site has it. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_GITALY_BACKUP_FIND_H
#define GLB_GITALY_BACKUP_FIND_H

#include "site/site.h"

/*
 * The place of gitaly-backup: the site's backup.gitaly_backup_path if it is
 * set, else where PATH has it.  The caller frees it; NULL (silent) if there
 * is none that we may execute.  This is what "--engine=auto" goes by.
 */
char *gitaly_backup_find(const struct site *s);

#endif
