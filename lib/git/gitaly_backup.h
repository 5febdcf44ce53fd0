/* Backups by Gitaly's own program, gitaly-backup, where the site has it. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_GITALY_BACKUP_H
#define GLB_GITALY_BACKUP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "site/site.h"

struct gitaly_backup {
	const struct site *site;
	const char *program; /* its place */
	const char *tree; /* NULL: server_side */
	bool server_side; /* Gitaly keeps the backups where it likes */
	const char *id; /* names_bad_id() has nothing against it; or NULL */
	unsigned int jobs; /* repositories at a time; 0: its own default */
	unsigned int jobs_per_storage; /* the same */
	/* Of create, whose id is not NULL: */
	bool incremental; /* continue the newest backups */
	const char *base; /* which are in this tree; NULL: in tree */
	int64_t full_every; /* seconds until a chain is too old; 0: never */
	/* Of restore: */
	const struct list *remove_all; /* storages where nothing else stays */
};

/*
 * Which engine it is to be, by name ("auto", "git", "gitaly"; NULL is auto)
 * and whether storages are given on the command line.  Sets *site and *program
 * for Gitaly's, both to be freed by the caller, or to NULL for git.  Returns
 * -1 to go on, or a status after a warning.
 */
int gitaly_backup_choose(const char *engine, bool storages,
    const struct site_where *where, struct site **site, char **program);

/*
 * Both read the list from stdin (git/input.h) and write a line of JSON to
 * stdout for each repository, whether Gitaly or we refuse it.  They return a
 * status: PROG_PARTIAL if repositories failed, of which each has got a
 * warning; PROG_DAMAGED if the list is damaged, so that the rest of it was
 * not done; PROG_FAILED if nothing could be done.
 *
 * No repository is sent whose backup is not there to be restored: Gitaly
 * would remove it.
 */
int gitaly_backup_create(const struct gitaly_backup *o);
int gitaly_backup_restore(const struct gitaly_backup *o);

#endif
