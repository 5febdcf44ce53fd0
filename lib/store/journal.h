/* What a restore has begun to replace, and how far it came. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_JOURNAL_H
#define GLB_JOURNAL_H

#include <stdbool.h>
#include <time.h>

#include "base/buf.h"

/*
 * A directory in the site's backup path, which is there from before a restore
 * changes anything until everything is decided:
 *
 *	.gitlab-backup-cli.restore/
 *		journal.json	the journal
 *		repositories	the list for glb-repos, and
 *		repositories.ndjson	its results
 *
 * The journal's phase decides what a rollback may do.  The programs keep what
 * they replaced, and know themselves how to put it back; but only the journal
 * knows whether all of it is to go back, or all of it is to go.
 */
#define JOURNAL_DIR ".gitlab-backup-cli.restore"

enum journal_phase {
	JOURNAL_NONE, /* there is none */
	JOURNAL_RESTORING, /* not decided: the old state is to come back */
	JOURNAL_KEPT, /* the new state is whole, the old one is kept */
	JOURNAL_DISCARDING /* the new state stays, the old one is removed */
};

struct journal {
	enum journal_phase phase;
	char *backup; /* path of the backup */
	char *id; /* its id */
	time_t started;
	bool repositories; /* are replaced */
	struct list databases; /* names of those that are replaced */
	struct list directories; /* those whose contents are moved aside */
	struct list lost; /* those whose contents nothing brings back */
	bool lost_repositories; /* nor the repositories: Gitaly has them */
	struct list lost_buckets; /* nor objects in these: BUCKET[/PREFIX] */
};

/* The directory in this backup path; to be freed. */
char *journal_dir(const char *backup_path);

/*
 * Reads the journal in dir into *j, to be freed with journal_free().  Returns
 * a status; that there is none is PROG_DONE with JOURNAL_NONE.
 */
int journal_read(const char *dir, struct journal *j);

/* Makes *j, which is empty, the journal of a restore that begins now. */
void journal_begin(struct journal *j, const char *backup, const char *id);

/* Appends the text of the journal's file. */
void journal_json(const struct journal *j, struct buf *out);

/*
 * Writes the journal, durable, in one step; makes dir if need be.  Returns a
 * status.
 */
int journal_write(const char *dir, const struct journal *j);

/* Removes the journal, durable, then the rest of dir.  Returns a status. */
int journal_end(const char *dir);

/* Does it name anything that was kept, and can be brought back? */
bool journal_keeps(const struct journal *j);

/* Does it name anything that nothing brings back? */
bool journal_lost(const struct journal *j);

void journal_free(struct journal *j);

#endif
