/* One run of restore, from the preflight to its end. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_RESTORE_RUN_H
#define GLB_RESTORE_RUN_H

#include "driver.h"
#include "driver_engine.h"
#include "problems.h"
#include "store/info.h"
#include "store/journal.h"

/* A kind whose objects come back from a bucket into the site's own. */
struct restore_bucket {
	const struct site_kind *kind;
	char *source; /* the bucket with the backup's objects */
	/* What must come, as the backup has counted it, */
	bool counted;
	uint64_t objects, bytes;
	char *operation; /* or else the one that copied them; or NULL */
};

struct restore {
	const struct opts *opts;
	const struct site *site;
	struct list tasks; /* ids of what is restored, of either kind */
	bool all; /* "all" was asked for */
	char *dir; /* of the backup */
	char *home; /* the site's backup path: lock and journal */
	char *work; /* the journal's directory */
	struct info info; /* of the backup */
	struct engine engine; /* of the repositories */
	bool server_side; /* they are in Gitaly's own object storage */
	json_object *report; /* of the backup, or NULL */
	struct restore_bucket *buckets; /* of the tasks */
	size_t n_buckets;
	json_object *contents; /* its archives' sizes (store/extent.h) */
	struct problems problems;
	json_object *targets; /* what is replaced, as an array */
	enum journal_phase earlier; /* of a restore before this one */
	struct journal journal; /* of this run */
};

/*
 * Finds the backup that the last operand means, and chooses the tasks of the
 * others: those that the backup has nothing of become problems.  Changes
 * nothing.  r has opts and site set.  Returns a status; restore_free() is
 * right after any.
 */
int restore_open(struct restore *r, char **operands);
void restore_free(struct restore *r);

/*
 * Looks for everything that stands against the restore, and fills problems
 * and targets.  Changes nothing.  Returns the status of the problems, or 128 +
 * a signal.
 */
int preflight(struct restore *r);

/* The parts of it: the databases; the storages and directories with their
 * room; what lies in a directory and would be replaced with it. */
void preflight_databases(struct restore *r);
void preflight_targets(struct restore *r);
void preflight_overlaps(struct restore *r);

/*
 * Adds a row to the targets: what is replaced, where, on which device or
 * server, and how many bytes come and are free (UINT64_MAX: not known).
 */
void preflight_target(struct restore *r, const char *what, const char *where,
    const char *device, uint64_t needed, uint64_t free);

/* Is this one of the tasks, with an archive in the backup? */
bool restore_archive(const struct restore *r, const struct site_kind *k);

/*
 * Looks whether the objects of k come back from a bucket.  Returns true if
 * that is said, in r->buckets, or in the problems for what stands against it;
 * *comes tells which.  False: no bucket has to do with k.
 */
bool restore_bucket(struct restore *r, const struct site_kind *k, bool *comes);

/*
 * Looks what stands against the copies of r->buckets.  Returns PROG_DONE, or
 * 128 + a signal.
 */
int preflight_buckets(struct restore *r);

/* Adds their jobs, */
void plan_buckets(struct restore *r, struct plan *p);

/* and tells which operations go on, once these have run. */
void restore_buckets_say(const struct restore *r);

void restore_buckets_free(struct restore *r);

/* Does the restore replace the repositories for good, as Gitaly does? */
bool restore_in_place(const struct restore *r);

/* The file of the backup for one database, "db/ci_database.sql.gz". */
char *restore_dump_name(const char *database);

/* Whether the backup has the file or directory called name. */
bool restore_has(const struct restore *r, const char *name);

/*
 * The plans that bring everything in, and the journal of what can be put back:
 * all that can is in the first, and the second is for after it.
 */
void plan_restore(struct restore *r, struct plan *first, struct plan *second);

/* Notes in the journal what the second plan replaces for good. */
void restore_lose(struct restore *r);

/*
 * The plan of what follows: one job for everything in the journal, which puts
 * back ("rollback") or removes ("discard") what was replaced.
 */
void plan_undo(const struct journal *j, const struct site *s, const char *verb,
    struct plan *p);

/*
 * Runs the restore with the lock held, to one of its ends.  Returns the exit
 * status, or 128 + a signal.
 */
int run_restore(struct restore *r);

/*
 * Notes in the journal that the new state stays: KEPT or DISCARDING.  Returns
 * a status; unless that is PROG_DONE, the journal still leads back.
 */
int restore_decide(
    struct journal *j, enum journal_phase phase, const char *work);

/*
 * Ends what an earlier run has begun, as its journal j in the directory work
 * says: puts back what was replaced, or removes it for good.  Returns a
 * status; unless that is PROG_DONE, the journal stays.
 */
int restore_rollback(struct journal *j, const struct site *s, const char *work);
int restore_discard(struct journal *j, const struct site *s, const char *work);

/*
 * The plan that has GitLab make its object pools again, after a restore of
 * repositories.  Returns false, with *p as it was, if there is nothing to do or
 * no way to do it.
 */
bool plan_pools(const struct restore *r, struct plan *p);

/*
 * Runs that, if repositories were restored, and tells what came of it.  Returns
 * PROG_DONE or PROG_PARTIAL.
 */
int restore_pools(struct restore *r);

/* Prints the whole as a shell script that does the same. */
void script_restore(struct restore *r);

#endif
