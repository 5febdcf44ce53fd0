/* One reader, many workers, one writer: a bounded ring of slots in order. */
/* SPDX-License-Identifier: MIT */
#include <sys/eventfd.h>

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/io.h"
#include "base/prog.h"
#include "gzip/ring.h"

#define STACK_SIZE ((size_t)256 * 1024)

/*
 * pg_dump writes 4 KiB at a time.  To be woken for each such piece costs both
 * sides more than to compress it, so that a reader waits this long for more:
 * hardly longer than a pipe that was widened takes to fill at 2 GB/s.
 */
#define MOMENT_NS 150000

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

	bool held; /* the caller has the slot of turn drained */
	unsigned int n_workers; /* 1: there are no threads */
	unsigned int n_threads;
	pthread_t threads[RING_WORKERS + 1];
};

/* Called with the lock held: everybody looks whether to go on. */
static void
wake_all(struct ring *r)
{
	pthread_cond_broadcast(&r->can_fill);
	pthread_cond_broadcast(&r->can_work);
	pthread_cond_broadcast(&r->can_drain);
}

/*
 * Keeps the first failure and stops everybody, a waiting reader too.  Returns
 * that failure.
 */
static int
fail(struct ring *r, int status)
{
	uint64_t one = 1;

	pthread_mutex_lock(&r->lock);
	if (r->status == PROG_DONE)
		r->status = status;
	status = r->status;
	wake_all(r);
	pthread_mutex_unlock(&r->lock);
	/* The counter is far from full, so this cannot fail. */
	if (r->stop_fd != -1 && write(r->stop_fd, &one, sizeof(one)) == -1)
		return status;
	return status;
}

static void *
read_all(void *arg)
{
	struct ring *r = arg;
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
			return NULL;
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
		return NULL;
	}
	pthread_mutex_lock(&r->lock);
	r->end = true;
	wake_all(r);
	pthread_mutex_unlock(&r->lock);
	return NULL;
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

/* Makes room for the reader. */
static void
give_back(struct ring *r)
{
	pthread_mutex_lock(&r->lock);
	r->worked[r->drained % r->n_slots] = false;
	r->drained++;
	pthread_cond_signal(&r->can_fill);
	pthread_mutex_unlock(&r->lock);
}

/* Waits for the next turn to be worked.  Returns what ring_next() does. */
static int
next_worked(struct ring *r)
{
	int rc;

	pthread_mutex_lock(&r->lock);
	while (r->status == PROG_DONE && !r->worked[r->drained % r->n_slots] &&
	    !(r->end && r->drained == r->filled))
		pthread_cond_wait(&r->can_drain, &r->lock);
	rc = r->status;
	if (rc == PROG_DONE && r->worked[r->drained % r->n_slots])
		rc = -1;
	pthread_mutex_unlock(&r->lock);
	return rc;
}

/* The whole ring in the calling thread. */
static int
next_inline(struct ring *r)
{
	int rc;

	if (r->status != PROG_DONE || r->end)
		return r->status;
	rc = r->ops->fill(r->ctx, r->slots[0], -1);
	r->end = rc != -1;
	if (rc == -1)
		r->status = r->ops->work(r->ctx, 0, r->slots[0]);
	else
		r->status = rc;
	return rc == -1 && r->status != PROG_DONE ? r->status : rc;
}

int
ring_next(struct ring *r, void **slot)
{
	int rc;

	if (r->n_workers == 1) {
		*slot = r->slots[0];
		return next_inline(r);
	}
	if (r->held)
		give_back(r);
	rc = next_worked(r);
	r->held = rc == -1;
	*slot = r->slots[r->drained % r->n_slots];
	return rc;
}

/* Starts the reader and the workers.  Returns 0, or -1 after a warning. */
static int
start_threads(struct ring *r)
{
	pthread_attr_t attr;
	int rc = 0;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	while (rc == 0 && r->n_threads <= r->n_workers) {
		rc = pthread_create(&r->threads[r->n_threads], &attr,
		    r->n_threads == 0 ? read_all : work_all, r);
		r->n_threads += rc == 0;
	}
	pthread_attr_destroy(&attr);
	if (rc == 0)
		return 0;
	errno = rc;
	warn("threads");
	return -1;
}

struct ring *
ring_start(
    const struct ring_ops *ops, void *ctx, void *const *slots, unsigned int n)
{
	struct ring *r = xcalloc(1, sizeof(*r));

	r->ops = ops;
	r->ctx = ctx;
	r->slots = slots;
	r->n_workers = n;
	r->n_slots = RING_SLOTS(n);
	r->stop_fd = -1;
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->can_fill, NULL);
	pthread_cond_init(&r->can_work, NULL);
	pthread_cond_init(&r->can_drain, NULL);
	if (n == 1)
		return r;
	r->stop_fd = eventfd(0, EFD_CLOEXEC);
	if (r->stop_fd == -1)
		warn("threads");
	if (r->stop_fd != -1 && start_threads(r) == 0)
		return r;
	ring_stop(r);
	return NULL;
}

void
ring_stop(struct ring *r)
{
	unsigned int i;

	if (r == NULL)
		return;
	if (r->n_threads > 0)
		fail(r, PROG_FAILED);
	for (i = 0; i < r->n_threads; i++)
		pthread_join(r->threads[i], NULL);
	if (r->stop_fd != -1)
		close(r->stop_fd);
	pthread_mutex_destroy(&r->lock);
	pthread_cond_destroy(&r->can_fill);
	pthread_cond_destroy(&r->can_work);
	pthread_cond_destroy(&r->can_drain);
	free(r);
}

int
ring_run(
    const struct ring_ops *ops, void *ctx, void *const *slots, unsigned int n)
{
	struct ring *r = ring_start(ops, ctx, slots, n);
	void *slot;
	int rc;

	if (r == NULL)
		return PROG_FAILED;
	while ((rc = ring_next(r, &slot)) == -1) {
		rc = ops->drain(ctx, slot);
		if (rc != PROG_DONE) {
			rc = fail(r, rc);
			break;
		}
	}
	ring_stop(r);
	return rc;
}

ssize_t
ring_read(int fd, int stop_fd, void *p, size_t n)
{
	struct pollfd fds[2] = {{stop_fd, POLLIN, 0}, {fd, POLLIN, 0}};
	static const struct timespec moment = {0, MOMENT_NS};
	ssize_t got;
	int rc;

	if (stop_fd != -1) {
		do
			rc = poll(fds, 2, -1);
		while (rc == -1 && errno == EINTR);
		if (rc == -1)
			return -1;
		if (fds[0].revents != 0) {
			errno = ECANCELED;
			return -1;
		}
	}
	got = io_read(fd, p, n);
	if (got > 0 && (size_t)got < n)
		ppoll(fds, 1, &moment, NULL);
	return got;
}
