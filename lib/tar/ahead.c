/* Threads that read a tree ahead of the walk through it. */
/* SPDX-License-Identifier: MIT */
#include <sys/resource.h>

#include <dirent.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/prog.h"
#include "tar/ahead.h"
#include "tar/claims.h"
#include "tar/gauge.h"

#define THREADS 8 /* to wait for a disk */
#define STACK_SIZE ((size_t)128 * 1024)
#define DIRS_MAX 128 /* each has a descriptor */
#define FDS_KEPT 64 /* for all that is not read ahead */
#define DIRS_MIN 16 /* with fewer it is not worth while */
#define SMALL_MIN 16 /* files that are met before it begins */

struct tar_ahead {
	const struct tar_exclude *exclude;
	unsigned int small; /* files met, up to SMALL_MIN */
	pthread_t threads[THREADS];
	struct tar_fetch *own; /* the walk's, when it helps */
	struct tar_batch *given; /* what the walk has an entry of, or NULL */
	struct tar_node *given_in; /* its node, of which it is the first */
	size_t given_at;

	pthread_mutex_t lock; /* for all that follows */
	pthread_cond_t work; /* for the threads: there may be some */
	pthread_cond_t done; /* for the walk: a batch is done */
	struct tar_claims claims;
	int n_threads, idle; /* all threads, and those that wait */
	struct tar_gauge gauge; /* of those that do not */
	bool waiting; /* the walk waits */
};

/* How many directories may be open. */
static size_t
dirs_max(void)
{
	struct rlimit limit;
	size_t n;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1 || limit.rlim_cur < FDS_KEPT)
		return 0;
	n = (size_t)(limit.rlim_cur - FDS_KEPT) / 2;
	return n < DIRS_MAX ? n : DIRS_MAX;
}

struct tar_ahead *
tar_ahead_new(const struct tar_exclude *x)
{
	struct tar_ahead *a = xcalloc(1, sizeof(*a));
	pthread_mutexattr_t brief;

	a->exclude = x;
	/* It is held for less than it costs to sleep. */
	pthread_mutexattr_init(&brief);
	pthread_mutexattr_settype(&brief, PTHREAD_MUTEX_ADAPTIVE_NP);
	pthread_mutex_init(&a->lock, &brief);
	pthread_mutexattr_destroy(&brief);
	pthread_cond_init(&a->work, NULL);
	pthread_cond_init(&a->done, NULL);
	tar_claims_init(&a->claims, dirs_max());
	return a;
}

/* Calls a thread if too few are at work and there is room for what it reads. */
static void
call_one(struct tar_ahead *a)
{
	if (a->idle > 0 && a->n_threads - a->idle < a->gauge.wanted &&
	    tar_claims_room(&a->claims, 2))
		pthread_cond_signal(&a->work);
}

/* Nobody else touches b now, and d stays as it is. */
static void
fetch(struct tar_fetch *f, struct tar_node *d, int fd, struct tar_batch *b)
{
	const struct tar_names *v = &d->names;
	size_t i;

	if (b->is_dir) {
		b->dir = tar_fetch_dir(f, d, fd, tar_names_get(v, b->from));
		return;
	}
	for (i = 0; i < b->n; i++) {
		b->seen[i].data = NULL;
		if (tar_names_type(v, b->from + i) == DT_REG)
			tar_fetch_file(
			    f, fd, tar_names_get(v, b->from + i), &b->seen[i]);
	}
}

/* The same with the lock, which it lets go meanwhile. */
static void
fetch_unlocked(struct tar_ahead *a, struct tar_fetch *f, struct tar_node *d,
    struct tar_batch *b)
{
	bool look = tar_gauge_due(&a->gauge);
	int fd = d->fd;
	long waits = 0;

	pthread_mutex_unlock(&a->lock);
	if (look)
		waits = tar_gauge_waits();
	fetch(f, d, fd, b);
	if (look)
		waits = tar_gauge_waits() - waits;
	pthread_mutex_lock(&a->lock);
	if (look)
		tar_gauge_found(&a->gauge, waits > 0);
}

/*
 * Claims a batch and works on it; false if there is none.  Called with the
 * lock.  Files of a directory that was fetched come next, by the same thread:
 * most are in directories with a few of them.
 */
static bool
work_one(struct tar_ahead *a, struct tar_fetch *f)
{
	struct tar_node *d, *below;
	struct tar_batch *b = tar_claims_next(&a->claims, &d);

	if (b == NULL)
		return false;
	while (b != NULL) {
		call_one(a);
		fetch_unlocked(a, f, d, b);
		below = b->dir;
		tar_claims_done(&a->claims, d, b);
		if (a->waiting)
			pthread_cond_signal(&a->done);
		d = below;
		b = d != NULL ? tar_claims_files(&a->claims, d) : NULL;
	}
	return true;
}

/* A thread works while it is not one too many. */
static void *
work_all(void *arg)
{
	struct tar_ahead *a = arg;
	struct tar_fetch *f = tar_fetch_new(&a->claims.pool, a->exclude);

	pthread_mutex_lock(&a->lock);
	while (!a->claims.stop) {
		if (a->n_threads - a->idle <= a->gauge.wanted && work_one(a, f))
			continue;
		a->idle++;
		pthread_cond_wait(&a->work, &a->lock);
		a->idle--;
	}
	pthread_mutex_unlock(&a->lock);
	tar_fetch_free(f);
	return NULL;
}

/* As many threads as can be had; without any nothing is read ahead. */
static void
start(struct tar_ahead *a)
{
	pthread_attr_t attr;

	/* The walk needs a processor, too. */
	tar_gauge_init(&a->gauge, prog_processors() - 1, THREADS);
	a->own = tar_fetch_new(&a->claims.pool, a->exclude);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	pthread_mutex_lock(&a->lock);
	while (a->n_threads < THREADS &&
	    pthread_create(&a->threads[a->n_threads], &attr, work_all, a) == 0)
		a->n_threads++;
	pthread_mutex_unlock(&a->lock);
	pthread_attr_destroy(&attr);
}

void
tar_ahead_saw(struct tar_ahead *a, uint64_t size)
{
	if (a->small == SMALL_MIN || size > TAR_FETCH_FILE)
		return;
	if (++a->small == SMALL_MIN && a->claims.dirs_max >= DIRS_MIN)
		start(a);
}

void
tar_ahead_at(struct tar_ahead *a, struct tar_node *d)
{
	pthread_mutex_lock(&a->lock);
	a->claims.at = d;
	pthread_mutex_unlock(&a->lock);
}

/* Takes back what the walk has got last. */
static void
take_back(struct tar_ahead *a)
{
	struct tar_batch *b = a->given;

	if (b == NULL)
		return;
	if (!b->is_dir)
		tar_seen_drop(&a->claims.pool, &b->seen[a->given_at]);
	if (a->given_at + 1 == b->n)
		tar_claims_drop_first(&a->claims, a->given_in);
	a->given = NULL;
}

/* A file of the batch a->given, which is done: nobody else touches it. */
static void
give_file(struct tar_ahead *a, size_t at, const struct tar_seen **seen)
{
	a->given_at = at;
	if (a->given->seen[at].data != NULL)
		*seen = &a->given->seen[at];
}

/* If entry i of d is in the batch that the last one was in: no lock then. */
static bool
give_next(struct tar_ahead *a, const struct tar_node *d, size_t i,
    const struct tar_seen **seen)
{
	struct tar_batch *b = a->given;

	if (b == NULL || a->given_in != d || i >= b->from + b->n)
		return false;
	tar_seen_drop(&a->claims.pool, &b->seen[a->given_at]);
	give_file(a, i - b->from, seen);
	return true;
}

/* Waits until b is done, and helps.  Called with the lock. */
static void
wait_done(struct tar_ahead *a, const struct tar_batch *b)
{
	while (!b->done) {
		if (work_one(a, a->own))
			continue;
		a->waiting = true;
		pthread_cond_wait(&a->done, &a->lock);
		a->waiting = false;
	}
}

/* Gives entry i of d, which is in its first batch.  Called with the lock. */
static void
give(struct tar_ahead *a, struct tar_node *d, size_t i,
    const struct tar_seen **seen, struct tar_node **dir)
{
	struct tar_batch *b = d->first;

	wait_done(a, b);
	a->given = b;
	a->given_in = d;
	if (!b->is_dir) {
		give_file(a, i - b->from, seen);
		return;
	}
	a->given_at = 0;
	*dir = tar_claims_take_dir(&a->claims, b);
}

void
tar_ahead_take(struct tar_ahead *a, struct tar_node *d, size_t i,
    const struct tar_seen **seen, struct tar_node **dir)
{
	*seen = NULL;
	*dir = NULL;
	if (a->own == NULL) {
		d->claimed = i + 1;
		return;
	}
	if (give_next(a, d, i, seen))
		return;
	pthread_mutex_lock(&a->lock);
	take_back(a);
	if (i >= d->claimed)
		d->claimed = i + 1;
	else
		give(a, d, i, seen, dir);
	call_one(a);
	pthread_mutex_unlock(&a->lock);
}

void
tar_ahead_set_fd(struct tar_ahead *a, struct tar_node *d, int fd)
{
	int was;

	pthread_mutex_lock(&a->lock);
	was = d->fd;
	d->fd = fd;
	a->waiting = true;
	while (fd == -1 && d->users > 0)
		pthread_cond_wait(&a->done, &a->lock);
	a->waiting = false;
	pthread_mutex_unlock(&a->lock);
	if (fd == -1 && was != -1)
		close(was);
}

void
tar_ahead_drop(struct tar_ahead *a, struct tar_node *d)
{
	pthread_mutex_lock(&a->lock);
	take_back(a);
	if (a->claims.at == d)
		a->claims.at = d->up;
	if (d->first != NULL) {
		a->claims.paused = a->waiting = true;
		while (a->claims.active > 0)
			pthread_cond_wait(&a->done, &a->lock);
		a->claims.paused = a->waiting = false;
		tar_claims_clear(&a->claims, d);
	}
	pthread_mutex_unlock(&a->lock);
	tar_node_free(d);
}

void
tar_ahead_free(struct tar_ahead *a)
{
	int i;

	if (a == NULL)
		return;
	pthread_mutex_lock(&a->lock);
	take_back(a);
	a->claims.stop = true;
	pthread_cond_broadcast(&a->work);
	pthread_mutex_unlock(&a->lock);
	for (i = 0; i < a->n_threads; i++)
		pthread_join(a->threads[i], NULL);
	tar_fetch_free(a->own);
	tar_claims_destroy(&a->claims);
	pthread_cond_destroy(&a->done);
	pthread_cond_destroy(&a->work);
	pthread_mutex_destroy(&a->lock);
	free(a);
}
