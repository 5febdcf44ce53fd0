/* The one place that starts other programs, and waits for them. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_CHILD_H
#define GLB_CHILD_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

#define CHILD_STATUS_FD 3 /* where a child finds its status descriptor */

/* Someone to run as.  Fill with child_user_*(), free with child_user_free(). */
struct child_user {
	uid_t uid;
	gid_t gid;
	gid_t *groups;
	size_t n_groups;
};

struct child_spec {
	char *const *argv; /* argv[0] is looked for on PATH */
	const struct list *env; /* "NAME=value" to add or replace; or NULL */
	int in, out, err; /* become 0, 1 and 2; -1: ours */
	int status; /* becomes CHILD_STATUS_FD; -1: none */
	const char *dir; /* working directory; NULL: ours */
	const struct child_user *user; /* NULL: ours; needs root */
	bool group; /* put it in a process group of its own */
};

/* A spec with every descriptor -1 and nothing else set. */
#define CHILD_SPEC(args) \
	{ \
		(args), NULL, -1, -1, -1, -1, NULL, NULL, false \
	}

/*
 * Starts a program with an empty signal mask, default signal actions, and no
 * descriptor but 0, 1, 2 and the status descriptor (with GLB_STATUS_FD in
 * its environment exactly then).  When we die, by whatever signal, the child
 * gets SIGTERM; so it does when the thread that started it ends before it.
 * Returns its pid, or -1 with errno after a warning "ARGV0: reason".
 */
pid_t child_start(const struct child_spec *spec);

/*
 * Where the program would be started from: name itself if it has a slash,
 * else its place on PATH.  The caller frees it; NULL if there is none that
 * we may execute.
 */
char *child_find(const char *name);

/* Waits for pid.  Returns its wait status, or -1 with errno (silent). */
int child_wait(pid_t pid);

/*
 * Looks whether pid has ended, without waiting.  Returns 1 with its wait
 * status, 0 if it still runs, or -1 with errno (silent).
 */
int child_try(pid_t pid, int *wait_status);

/* A wait status as a shell shows it: 0-255, or 128 + the signal's number. */
int child_code(int wait_status);

/* "exit status 3" or "killed by signal 9 (Killed)" into out; returns out. */
char *child_describe(int wait_status, char *out, size_t size);

/*
 * Runs a program to its end and collects what it writes to stdout and stderr
 * (either may be NULL: then it goes where spec says).  What exceeds max bytes
 * of each is read and forgotten, so that the child never blocks.  Returns its
 * wait status, or -1 after a warning.
 */
int child_run(const struct child_spec *spec, struct buf *out, struct buf *err,
    size_t max);

/*
 * Makes SIGINT, SIGTERM and SIGHUP pass on to every running child (to its
 * whole group where it has its own) and then end this process by the same
 * signal.  For filters whose children would otherwise outlive them.
 */
void child_forward_signals(void);

/*
 * Sends SIGTERM to every running child, as those signals do, and to those that
 * are started from now on: for a process that comes to its end.  Waits up to
 * ten seconds for starts under way in other threads.
 */
void child_terminate(void);

/*
 * The user called name, or the user with this uid, with all groups.  Returns
 * 0, or -1 after a warning.
 */
int child_user_named(const char *name, struct child_user *u);
int child_user_id(uid_t uid, struct child_user *u);
void child_user_free(struct child_user *u);

/*
 * The owner of a file: child_user_id(), but a uid without a user is taken as
 * it is, with the file's gid and no other group.  Returns the same.
 */
int child_user_owner(uid_t uid, gid_t gid, struct child_user *u);

/*
 * Makes this process that user for good.  Returns 0, or -1 after a warning.
 * The wish to be told of the parent's death survives the change.
 */
int child_become(const struct child_user *u);

#endif
