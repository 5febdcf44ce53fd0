/* One reader, many workers, one writer: a bounded ring of slots in order. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_RING_H
#define GLB_RING_H

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
 * more and everything is drained, or until a failure.  With one worker all is
 * done by the calling thread, else fill is, and n workers and a writer are
 * started.  No thread is left when it returns.  Returns the first failure's
 * status or PROG_DONE.
 */
int ring_run(
    const struct ring_ops *ops, void *ctx, void *const *slots, unsigned int n);

#endif
