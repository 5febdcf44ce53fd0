/* The ring of slots: order, bounds, and a failure in each of its parts. */
/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/prog.h"
#include "gzip/ring.h"

#define NEVER (-1)

struct test {
	int turns; /* how many there are */
	int fill_fails, work_fails, drain_fails; /* in this turn, or NEVER */
	bool stalls; /* fill waits for good once its turns are used up */
	int filled, drained;
	atomic_int working; /* the workers' numbers that are in use, as bits */
};

struct slot {
	int turn, result;
};

static int
fill(void *ctx, void *p, int stop_fd)
{
	struct pollfd stop = {stop_fd, POLLIN, 0};
	struct test *t = ctx;
	struct slot *s = p;

	if (t->filled == t->fill_fails)
		return PROG_DAMAGED;
	if (t->filled == t->turns && t->stalls) {
		assert(poll(&stop, 1, 60000) == 1);
		return PROG_PARTIAL;
	}
	if (t->filled == t->turns)
		return PROG_DONE;
	s->turn = t->filled++;
	s->result = -1;
	return -1;
}

static int
work(void *ctx, unsigned int worker, void *p)
{
	struct test *t = ctx;
	struct slot *s = p;
	int bit = 1 << worker;

	assert((atomic_fetch_or(&t->working, bit) & bit) == 0);
	s->result = s->turn * 3;
	atomic_fetch_and(&t->working, ~bit);
	return s->turn == t->work_fails ? PROG_LOCKED : PROG_DONE;
}

static int
drain(void *ctx, void *p)
{
	struct test *t = ctx;
	struct slot *s = p;

	assert(s->turn == t->drained && s->result == s->turn * 3);
	if (s->turn == t->drain_fails)
		return PROG_FAILED;
	t->drained++;
	return PROG_DONE;
}

static int
run(struct test *t, unsigned int n)
{
	static const struct ring_ops ops = {fill, work, drain};
	struct slot slots[RING_SLOTS(16)];
	void *ring[RING_SLOTS(16)];
	unsigned int i;

	for (i = 0; i < RING_SLOTS(n); i++)
		ring[i] = &slots[i];
	return ring_run(&ops, t, ring, n);
}

static void
test_order(unsigned int n, int turns)
{
	struct test t = {turns, NEVER, NEVER, NEVER, false, 0, 0, 0};

	assert(run(&t, n) == PROG_DONE);
	assert(t.filled == turns && t.drained == turns);
}

static void
test_failures(unsigned int n, int turn)
{
	struct test reader = {1000, turn, NEVER, NEVER, false, 0, 0, 0};
	struct test worker = {1000, NEVER, turn, NEVER, false, 0, 0, 0};
	struct test writer = {1000, NEVER, NEVER, turn, false, 0, 0, 0};

	assert(run(&reader, n) == PROG_DAMAGED);
	assert(reader.drained <= turn);
	assert(run(&worker, n) == PROG_LOCKED);
	assert(worker.drained <= turn);
	assert(run(&writer, n) == PROG_FAILED);
	assert(writer.drained == turn);
	assert(writer.filled <= turn + (int)RING_SLOTS(n));
}

/* A reader that waits for input learns of the others' failure. */
static void
test_stalled(unsigned int n)
{
	struct test worker = {5, NEVER, 4, NEVER, true, 0, 0, 0};
	struct test writer = {5, NEVER, NEVER, 4, true, 0, 0, 0};

	assert(run(&worker, n) == PROG_LOCKED);
	assert(run(&writer, n) == PROG_FAILED);
}

int
main(void)
{
	static const unsigned int workers[] = {1, 2, 3, 16};
	size_t i;
	int turn;

	for (i = 0; i < sizeof(workers) / sizeof(workers[0]); i++) {
		for (turn = 0; turn < 50; turn++)
			test_order(workers[i], turn);
		test_order(workers[i], 20000);
		for (turn = 0; turn < 100; turn++)
			test_failures(workers[i], turn);
		if (workers[i] > 1)
			test_stalled(workers[i]);
	}
	return 0;
}
