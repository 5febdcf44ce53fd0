/* What creating and restoring by gitaly-backup have in common. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_GITALY_BACKUP_SESSION_H
#define GLB_GITALY_BACKUP_SESSION_H

#include "git/gitaly_backup.h"
#include "git/gitaly_backup_era.h"
#include "git/gitaly_backup_servers.h"
#include "git/input.h"
#include "git/scratch.h"
#include "git/tally.h"

struct gitaly_backup_session {
	const struct gitaly_backup *o;
	struct gitaly_backup_era era;
	struct gitaly_backup_servers servers;
	struct scratch *scratch;
	struct tally tally;
};

/*
 * Finds out about program and servers, and takes charge of signals.  Returns
 * 0, or -1 after a warning; gitaly_backup_session_end() is right after both.
 */
int gitaly_backup_session_start(
    struct gitaly_backup_session *s, const struct gitaly_backup *o);
void gitaly_backup_session_end(struct gitaly_backup_session *s);

/*
 * Reads the next repository of the list that has good names and a storage
 * that there is; tells of others, and counts them in *refused.  Returns as
 * input_next() does, or PROG_FAILED if nothing more can be done.
 */
int gitaly_backup_session_next(struct gitaly_backup_session *s,
    struct input *in, struct input_repo *r, uint64_t *refused);

/*
 * Adds the words that both verbs have: the program, the verb, the tree and its
 * layout (NULL: not told), parallelism, the id (NULL: not told).
 */
void gitaly_backup_session_argv(const struct gitaly_backup_session *s,
    struct list *argv, const char *verb, const char *layout, const char *id);

/* A file of lines, kept until they are sent.  Zero-initialise. */
struct gitaly_backup_spool {
	int fd;
	uint64_t n; /* lines; 0: fd is not open */
};

/* Appends a repository.  Returns 0, or -1 after a warning. */
int gitaly_backup_spool_add(struct gitaly_backup_spool *p,
    const struct gitaly_backup_session *s, const struct input_repo *r);

/* Goes to its start, to be read by input_new().  Returns 0, or -1 as above. */
int gitaly_backup_spool_rewind(struct gitaly_backup_spool *p);
void gitaly_backup_spool_free(struct gitaly_backup_spool *p);

#endif
