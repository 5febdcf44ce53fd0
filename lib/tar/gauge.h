/* How many threads are worth while: more of them where they wait for a disk. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_TAR_GAUGE_H
#define GLB_TAR_GAUGE_H

#include <stdbool.h>

/*
 * With all it reads in memory, a thread more than there are processors costs
 * the others time: they wait for each other's locks.  With a disk to wait for,
 * each one more is welcome.  So one job in some is looked at: did its thread
 * have to wait (getrusage(2): voluntary context switches, which are reads that
 * a disk or a network must answer, and not being preempted)?  One that did
 * allows one thread more, a row of those that did not one less.
 *
 * The functions but tar_gauge_waits() are called with the caller's lock.
 */
struct tar_gauge {
	int least, most; /* bounds of wanted */
	int wanted; /* threads that should be at work */
	unsigned int turn; /* jobs begun since one was looked at */
	unsigned int calm; /* looks since one had to wait */
};

/*
 * Begins with least threads, but 1 to most of them; most is at least 1.  That
 * is the number of processors that nobody else needs.
 */
void tar_gauge_init(struct tar_gauge *g, int least, int most);

/* A job begins: is it to be looked at? */
bool tar_gauge_due(struct tar_gauge *g);

/* How often the calling thread has had to wait. */
long tar_gauge_waits(void);

/* What was found: the thread had to wait, or not. */
void tar_gauge_found(struct tar_gauge *g, bool waited);

#endif
