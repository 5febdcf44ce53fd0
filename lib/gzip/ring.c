/* One reader, many workers, one writer: a bounded ring of slots in order. */
/* SPDX-License-Identifier: MIT */
#include <sys/eventfd.h>

#include <err.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

#include "base/prog.h"
#include "gzip/ring.h"

#define STACK_SIZE ((size_t)256 * 1024)

/*
 * Turn t uses slot t % n_slots.  A turn is filled, taken by a worker, worked
 * and drained; the counters count turns that have got so far.  Each condition
 * has one kind of waiter, and of those one is woken for one turn.
 */
struct ring {
	const struct ring_ops *ops;
	void *ctx;
	void *const *slots;
	unsigned int n_slots;
	int stop_fd;

	pthread_mutex_t lock; /* for all that follows */
	pthread_cond_t can_fill, can_work, can_drain;
	uint64_t filled, taken, drained;
	bool worked[RING_SLOTS(RING_WORKERS)]; /* of turns not drained */
	bool end; /* nothing more is filled */
	int status; /* of the first failure; PROG_DONE: none */
	unsigned int workers_started;
};

/* Called with the lock held: everybody looks whether to go on. */
static void
wake_all(struct ring *r)
{
	pthread_cond_broadcast(&r->can_fill);
	pthread_cond_broadcast(&r->can_work);
	pthread_cond_broadcast(&r->can_drain);
}

/* Keeps the first failure and stops everybody, a waiting reader too. */
static void
fail(struct ring *r, int status)
{
	uint64_t one = 1;

	pthread_mutex_lock(&r->lock);
	if (r->status == PROG_DONE)
		r->status = status;
	wake_all(r);
	pthread_mutex_unlock(&r->lock);
	/* The counter is far from full, so this cannot fail. */
	if (write(r->stop_fd, &one, sizeof(one)) == -1)
		return;
}

static void
read_all(struct ring *r)
{
	bool go;
	int rc;

	for (;;) {
		pthread_mutex_lock(&r->lock);
		while (r->status == PROG_DONE &&
		    r->filled - r->drained == r->n_slots)
			pthread_cond_wait(&r->can_fill, &r->lock);
		go = r->status == PROG_DONE;
		pthread_mutex_unlock(&r->lock);
		if (!go)
			return;
		rc = r->ops->fill(
		    r->ctx, r->slots[r->filled % r->n_slots], r->stop_fd);
		if (rc != -1)
			break;
		pthread_mutex_lock(&r->lock);
		r->filled++;
		pthread_cond_signal(&r->can_work);
		pthread_mutex_unlock(&r->lock);
	}
	if (rc != PROG_DONE) {
		fail(r, rc);
		return;
	}
	pthread_mutex_lock(&r->lock);
	r->end = true;
	wake_all(r);
	pthread_mutex_unlock(&r->lock);
}

/* Waits for a turn to work on.  Returns false when there will be none. */
static bool
take_turn(struct ring *r, uint64_t *turn)
{
	bool go;

	pthread_mutex_lock(&r->lock);
	while (r->status == PROG_DONE && r->taken == r->filled && !r->end)
		pthread_cond_wait(&r->can_work, &r->lock);
	go = r->status == PROG_DONE && r->taken < r->filled;
	if (go)
		*turn = r->taken++;
	pthread_mutex_unlock(&r->lock);
	return go;
}

static void *
work_all(void *arg)
{
	struct ring *r = arg;
	unsigned int self;
	uint64_t turn;
	int rc;

	pthread_mutex_lock(&r->lock);
	self = r->workers_started++;
	pthread_mutex_unlock(&r->lock);
	while (take_turn(r, &turn)) {
		rc = r->ops->work(r->ctx, self, r->slots[turn % r->n_slots]);
		if (rc != PROG_DONE) {
			fail(r, rc);
			break;
		}
		pthread_mutex_lock(&r->lock);
		r->worked[turn % r->n_slots] = true;
		if (turn == r->drained)
			pthread_cond_signal(&r->can_drain);
		pthread_mutex_unlock(&r->lock);
	}
	return NULL;
}

/* Waits for the next turn to be worked.  Returns false if there is none. */
static bool
next_worked(struct ring *r)
{
	bool go;

	pthread_mutex_lock(&r->lock);
	while (r->status == PROG_DONE && !r->worked[r->drained % r->n_slots] &&
	    !(r->end && r->drained == r->filled))
		pthread_cond_wait(&r->can_drain, &r->lock);
	go = r->status == PROG_DONE && r->worked[r->drained % r->n_slots];
	pthread_mutex_unlock(&r->lock);
	return go;
}

static void *
drain_all(void *arg)
{
	struct ring *r = arg;
	int rc;

	while (next_worked(r)) {
		rc = r->ops->drain(r->ctx, r->slots[r->drained % r->n_slots]);
		if (rc != PROG_DONE) {
			fail(r, rc);
			break;
		}
		pthread_mutex_lock(&r->lock);
		r->worked[r->drained % r->n_slots] = false;
		r->drained++;
		pthread_cond_signal(&r->can_fill);
		pthread_mutex_unlock(&r->lock);
	}
	return NULL;
}

/* Starts the writer and n workers, reads, and waits for them all. */
static void
run_threads(struct ring *r, unsigned int n)
{
	pthread_t threads[RING_WORKERS + 1];
	unsigned int i, started = 0;
	pthread_attr_t attr;
	int rc = 0;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	while (rc == 0 && started <= n) {
		rc = pthread_create(&threads[started], &attr,
		    started == 0 ? drain_all : work_all, r);
		started += rc == 0;
	}
	pthread_attr_destroy(&attr);
	if (rc == 0) {
		read_all(r);
	} else {
		errno = rc;
		warn("threads");
		fail(r, PROG_FAILED);
	}
	for (i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
}

static int
run_inline(const struct ring_ops *ops, void *ctx, void *slot)
{
	int rc;

	while ((rc = ops->fill(ctx, slot, -1)) == -1) {
		rc = ops->work(ctx, 0, slot);
		if (rc == PROG_DONE)
			rc = ops->drain(ctx, slot);
		if (rc != PROG_DONE)
			return rc;
	}
	return rc;
}

int
ring_run(
    const struct ring_ops *ops, void *ctx, void *const *slots, unsigned int n)
{
	struct ring r = {.ops = ops,
	    .ctx = ctx,
	    .slots = slots,
	    .n_slots = RING_SLOTS(n),
	    .lock = PTHREAD_MUTEX_INITIALIZER,
	    .can_fill = PTHREAD_COND_INITIALIZER,
	    .can_work = PTHREAD_COND_INITIALIZER,
	    .can_drain = PTHREAD_COND_INITIALIZER};

	if (n == 1)
		return run_inline(ops, ctx, slots[0]);
	r.stop_fd = eventfd(0, EFD_CLOEXEC);
	if (r.stop_fd == -1) {
		warn("threads");
		return PROG_FAILED;
	}
	run_threads(&r, n);
	close(r.stop_fd);
	return r.status;
}
