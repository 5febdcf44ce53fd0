/* A gitaly-backup that runs: tells it repositories, hears what became of them.
 */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_GITALY_BACKUP_TALK_H
#define GLB_GITALY_BACKUP_TALK_H

#include "db/rows.h"
#include "git/gitaly_backup_log.h"
#include "git/gitaly_backup_servers.h"

struct gitaly_backup_talk_spec {
	const char *verb; /* "create" or "restore" */
	const struct list *argv; /* argv[0] is the program's place */
	const struct gitaly_backup_servers *servers;
	const char *dir; /* its working directory; NULL: ours */
	/*
	 * Told what became of each repository that was sent, once: COMPLETED,
	 * SKIPPED, or FAILED with the reason, one line without secrets.  Never
	 * by two threads at the same time.
	 */
	void (*answer)(void *arg, enum gitaly_backup_saying saying,
	    const char *storage, const char *path, const char *why);
	void *arg;
};

struct gitaly_backup_talk;

/*
 * Starts the program.  SIGPIPE must be ignored.  spec and all in it must
 * outlive it.  Returns NULL after a warning.
 */
struct gitaly_backup_talk *gitaly_backup_talk_start(
    const struct gitaly_backup_talk_spec *spec);

/*
 * Sends one repository.  Waits while too many wait for an answer: at most
 * some thousand are remembered.  One that cannot be sent because the program
 * has ended has failed: that is answered, too.  Returns 0, or -1 if one of
 * this name waits for its answer already.
 */
int gitaly_backup_talk_send(
    struct gitaly_backup_talk *t, const struct rows_repository *r);

/* Ends the program: what stops it has been told.  Also for answer(). */
void gitaly_backup_talk_stop(struct gitaly_backup_talk *t);

/*
 * Lets it come to its end, after which each repository that was sent has been
 * answered, and frees t.  Returns a status: PROG_FAILED if it came to nothing
 * at all, PROG_PARTIAL if it says that it has failed and no repository's
 * failure tells why; both after a warning.
 */
int gitaly_backup_talk_end(struct gitaly_backup_talk *t);

#endif
