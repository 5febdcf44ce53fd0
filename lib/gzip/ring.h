/* One reader, many workers, one writer: a bounded ring of slots in order. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_RING_H
#define GLB_RING_H

#include <sys/types.h>

#include <stddef.h>

struct ring;

#define RING_WORKERS 256 /* at most */

/* How many slots a ring with n workers wants. */
#define RING_SLOTS(n) ((n) == 1 ? 1 : 2 * (n) + 2)

/*
 * What happens to each slot.  fill and drain are each called by one thread
 * only and see the slots in the same order; work is called by several at a
 * time, with a worker number that no other has meanwhile.  All return a
 * status, or -1 where said so.  After the first that is not PROG_DONE nothing
 * new is begun; who returns it has warned, or knows that another one has.
 */
struct ring_ops {
	/*
	 * Returns -1 if the slot was filled, PROG_DONE if nothing was left.
	 * A wait for input must end when stop_fd, if not -1, can be read.
	 */
	int (*fill)(void *ctx, void *slot, int stop_fd);
	int (*work)(void *ctx, unsigned int worker, void *slot);
	int (*drain)(void *ctx, void *slot);
};

/*
 * Fills, works on and drains RING_SLOTS(n) slots in turn until fill has no
 * more and everything is drained, or until a failure.  drain is called by the
 * calling thread; a reader and n workers are started, but with one worker the
 * calling thread does everything.  No thread is left when it returns.  Returns
 * the first failure's status or PROG_DONE.
 */
int ring_run(
    const struct ring_ops *ops, void *ctx, void *const *slots, unsigned int n);

/*
 * The same for who would rather fetch than be called: drain is not used, and
 * may be NULL.  ops and slots must stay where they are until ring_stop().
 * Returns NULL after a warning.
 */
struct ring *ring_start(
    const struct ring_ops *ops, void *ctx, void *const *slots, unsigned int n);

/*
 * Gives the slot of the last call back to be filled again and waits for the
 * next one that was worked on.  Returns -1 with it in *slot, PROG_DONE if
 * there are no more, or the status of the first failure.
 */
int ring_next(struct ring *r, void **slot);

/* Ends all that still goes on, waits for the threads, and frees r or NULL. */
void ring_stop(struct ring *r);

/*
 * io_read() for a fill: a byte to read at stop_fd, unless that is -1, ends
 * the wait for input, with ECANCELED.  Behind a read that got less than n
 * bytes it gives whoever writes a moment to write more.
 */
ssize_t ring_read(int fd, int stop_fd, void *p, size_t n);

#endif
