/* Process hygiene shared by every program: start, finish, exit statuses. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_PROG_H
#define GLB_PROG_H

#define GLB_VERSION "0.1.0"

/*
 * The exit statuses of the whole suite (glb(7)).  Functions whose contract
 * says "returns a status" return one of these and have already warned.
 */
enum prog_status {
	PROG_DONE = 0, /* all done */
	PROG_FAILED = 1, /* failed */
	PROG_USAGE = 2, /* wrong command line, nothing was done */
	PROG_DAMAGED = 3, /* input damaged or incomplete */
	PROG_PARTIAL = 4, /* done, but something was left out */
	PROG_LOCKED = 5 /* another run holds the lock */
};

/*
 * Prepares the process: opens /dev/null on each of the descriptors 0 to 2
 * that is closed, the wrong way round so that its use fails; makes stderr
 * line-buffered, so that one message is one write(2).  Exits 1 if even that
 * is impossible.  Call first in main().
 */
void prog_start(void);

/*
 * Flushes and closes stdout and judges both.  Returns status, or PROG_FAILED
 * with a warning if status is PROG_DONE or PROG_PARTIAL and stdout could not
 * be written in full.
 */
int prog_finish(int status);

/* How many processors this process may run on, at least 1. */
int prog_processors(void);

/*
 * The worse of two statuses for a run made of several parts: PROG_FAILED
 * before PROG_LOCKED before PROG_DAMAGED before PROG_PARTIAL before PROG_DONE.
 */
int prog_worse(int a, int b);

#endif
