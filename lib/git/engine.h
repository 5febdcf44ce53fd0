/* Creates and restores backups, by git or by Gitaly's own program. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_ENGINE_H
#define GLB_ENGINE_H

#include <stdint.h>

#include "git/storage.h"
#include "site/site.h"

/* What a command line asks for; not looked at yet. */
struct engine_order {
	const struct site_where *where;
	struct storages *storages; /* those of the command line */
	const char *engine; /* "auto", "git" or "gitaly"; NULL: auto */
	const char *tree; /* NULL: not given */
	const char *id; /* the same */
	int server_side; /* Gitaly keeps the backups where it likes */
	int64_t jobs, jobs_per_storage; /* 0: not given */
	/* Of create: */
	int incremental;
	const char *base, *full_every; /* NULL: not given */
	/* Of restore: */
	const struct list *remove_all; /* storages */
	int keep; /* what is replaced */
};

/*
 * Each checks the order, chooses the engine and lets it work: see
 * git/create.h, git/restore.h, git/gitaly_backup.h.  Returns a status, which
 * is PROG_USAGE for an order that makes no sense.
 */
int engine_create(const struct engine_order *o);
int engine_restore(const struct engine_order *o);

#endif
