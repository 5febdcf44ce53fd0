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
#include "tar/gauge.h"

#define THREADS 8 /* to wait for a disk */
#define STACK_SIZE ((size_t)128 * 1024)
#define BYTES_MAX ((size_t)8 << 20) /* nothing is claimed beyond */
#define DIRS_MAX 128 /* each has a descriptor */
#define FDS_KEPT 64 /* for all that is not read ahead */
#define DIRS_MIN 16 /* with fewer it is not worth while */
#define BATCH 16 /* files */
#define SMALL_MIN 16 /* files that are met before it begins */

/*
 * A batch is a run of entries of a directory that are not directories, or one
 * that is.  A node's batches follow each other; so its entries are those that
 * the walk has taken, those in batches, and those nobody has claimed.  Who
 * looks for work begins where the walk is and goes on in its order: into the
 * directories in batches, then to what is unclaimed, then one up.
 */
struct tar_batch {
	struct tar_batch *next;
	size_t from, n; /* entries of the node */
	bool is_dir, done;
	struct tar_node *dir; /* that was fetched, or NULL */
	struct tar_seen seen[]; /* n of them; none if is_dir */
};

struct tar_ahead {
	const struct tar_exclude *exclude;
	unsigned int small; /* files met, up to SMALL_MIN */
	pthread_t threads[THREADS];
	struct tar_fetch *own; /* the walk's, when it helps */
	struct tar_batch *given; /* what the walk has an entry of, or NULL */
	struct tar_node *given_in; /* its node, of which it is the first */
	size_t given_at;
	struct tar_pool pool;

	pthread_mutex_t lock; /* for all that follows */
	pthread_cond_t work; /* for the threads: there may be some */
	pthread_cond_t done; /* for the walk: a batch is done */
	struct tar_node *at; /* where the walk is */
	size_t bytes; /* of batches and names */
	size_t dirs, dirs_max; /* batches that are one, or want to be */
	unsigned int active; /* batches that are worked on */
	int n_threads, idle; /* all threads, and those that wait */
	struct tar_gauge gauge; /* of those that do not */
	bool waiting; /* the walk waits */
	bool stop; /* nothing is claimed any more */
	bool paused; /* the same, for now */
};

struct tar_ahead *
tar_ahead_new(const struct tar_exclude *x)
{
	struct tar_ahead *a = xcalloc(1, sizeof(*a));
	pthread_mutexattr_t brief;
	struct rlimit limit;

	a->exclude = x;
	a->dirs_max = DIRS_MAX;
	if (getrlimit(RLIMIT_NOFILE, &limit) == -1 || limit.rlim_cur < FDS_KEPT)
		a->dirs_max = 0;
	else if ((limit.rlim_cur - FDS_KEPT) / 2 < a->dirs_max)
		a->dirs_max = (size_t)(limit.rlim_cur - FDS_KEPT) / 2;
	/* It is held for less than it costs to sleep. */
	pthread_mutexattr_init(&brief);
	pthread_mutexattr_settype(&brief, PTHREAD_MUTEX_ADAPTIVE_NP);
	pthread_mutex_init(&a->lock, &brief);
	pthread_mutexattr_destroy(&brief);
	pthread_cond_init(&a->work, NULL);
	pthread_cond_init(&a->done, NULL);
	tar_pool_init(&a->pool);
	return a;
}

static size_t
cost(const struct tar_batch *b)
{
	return sizeof(*b) + (b->is_dir ? 0 : b->n * sizeof(*b->seen));
}

/* A directory that waits for the walk, in bytes. */
static size_t
dir_cost(const struct tar_node *d)
{
	return sizeof(*d) + tar_names_size(&d->names);
}

/* May something be claimed, or is there room even for a part of all? */
static bool
has_room(struct tar_ahead *a, unsigned int part)
{
	return !a->stop && !a->paused && a->dirs < a->dirs_max / part &&
	    a->bytes + tar_pool_used(&a->pool) < BYTES_MAX / part;
}

/* Calls a thread if too few are at work and there is room for what it reads. */
static void
call_one(struct tar_ahead *a)
{
	if (a->idle > 0 && a->n_threads - a->idle < a->gauge.wanted &&
	    has_room(a, 2))
		pthread_cond_signal(&a->work);
}

/* How many of the entries from i on are no directories, up to BATCH. */
static size_t
run_of(const struct tar_node *d, size_t i)
{
	size_t n = 0;

	while (n < BATCH && i + n < d->names.n &&
	    tar_names_type(&d->names, i + n) != DT_DIR)
		n++;
	return n;
}

/* Claims the next entries of d, of which there are some. */
static struct tar_batch *
claim_next(struct tar_ahead *a, struct tar_node *d)
{
	size_t i, n = run_of(d, d->claimed);
	struct tar_batch *b = xmalloc(sizeof(*b) + n * sizeof(*b->seen));

	b->next = NULL;
	b->from = d->claimed;
	b->n = n > 0 ? n : 1;
	b->is_dir = n == 0;
	b->done = false;
	b->dir = NULL;
	for (i = 0; i < n; i++)
		b->seen[i].chunk = NULL;
	if (d->last != NULL)
		d->last->next = b;
	else
		d->first = b;
	d->last = b;
	if (b->is_dir && d->search == NULL)
		d->search = b;
	d->claimed += b->n;
	d->users++;
	a->active++;
	a->dirs += b->is_dir;
	a->bytes += cost(b);
	return b;
}

/* Is there nothing to be claimed in b, for good? */
static bool
is_spent(const struct tar_batch *b)
{
	if (!b->is_dir)
		return true;
	return b->done && (b->dir == NULL || b->dir->spent);
}

/* Claims something in d or below it; *in is where.  NULL: nothing yet. */
static struct tar_batch *
claim_in(struct tar_ahead *a, struct tar_node *d, struct tar_node **in)
{
	struct tar_batch *b, *found;

	for (b = d->search; b != NULL; b = b->next) {
		if (b->done && b->dir != NULL && !b->dir->spent &&
		    (found = claim_in(a, b->dir, in)) != NULL)
			return found;
		if (b == d->search && is_spent(b))
			d->search = b->next;
	}
	if (d->claimed < d->names.n) {
		*in = d;
		return claim_next(a, d);
	}
	d->spent = d->search == NULL;
	return NULL;
}

static struct tar_batch *
claim(struct tar_ahead *a, struct tar_node **in)
{
	struct tar_node *d;
	struct tar_batch *b;

	if (!has_room(a, 1))
		return NULL;
	for (d = a->at; d != NULL && d->fd != -1; d = d->up) {
		b = claim_in(a, d, in);
		if (b != NULL)
			return b;
	}
	return NULL;
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

static void
finish(struct tar_ahead *a, struct tar_node *d, struct tar_batch *b)
{
	b->done = true;
	d->users--;
	a->active--;
	if (b->dir != NULL)
		a->bytes += dir_cost(b->dir);
	else
		a->dirs -= b->is_dir;
	if (a->waiting)
		pthread_cond_signal(&a->done);
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
	struct tar_batch *b = claim(a, &d);

	if (b == NULL)
		return false;
	while (b != NULL) {
		call_one(a);
		fetch_unlocked(a, f, d, b);
		below = b->dir;
		finish(a, d, b);
		d = below;
		b = NULL;
		if (d != NULL && !a->stop && !a->paused && run_of(d, 0) > 0)
			b = claim_next(a, d);
	}
	return true;
}

/* A thread works while it is not one too many. */
static void *
work_all(void *arg)
{
	struct tar_ahead *a = arg;
	struct tar_fetch *f = tar_fetch_new(&a->pool, a->exclude);

	pthread_mutex_lock(&a->lock);
	while (!a->stop) {
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
	a->own = tar_fetch_new(&a->pool, a->exclude);
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
	if (++a->small == SMALL_MIN && a->dirs_max >= DIRS_MIN)
		start(a);
}

void
tar_ahead_at(struct tar_ahead *a, struct tar_node *d)
{
	pthread_mutex_lock(&a->lock);
	a->at = d;
	pthread_mutex_unlock(&a->lock);
}

/* The first batch of d has got its last entry taken. */
static void
unlink_first(struct tar_node *d)
{
	struct tar_batch *b = d->first;

	d->first = b->next;
	if (d->first == NULL)
		d->last = NULL;
	if (d->search == b)
		d->search = b->next;
}

/* Takes back what the walk has got last. */
static void
take_back(struct tar_ahead *a)
{
	struct tar_batch *b = a->given;

	if (b == NULL)
		return;
	if (!b->is_dir)
		tar_seen_drop(&a->pool, &b->seen[a->given_at]);
	if (a->given_at + 1 == b->n) {
		unlink_first(a->given_in);
		a->bytes -= cost(b);
		free(b);
	}
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
	tar_seen_drop(&a->pool, &b->seen[a->given_at]);
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
	*dir = b->dir;
	if (b->dir != NULL) {
		a->dirs--;
		a->bytes -= dir_cost(b->dir);
		b->dir = NULL;
	}
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

/* Frees what was read ahead below d.  With the lock; nobody is at work. */
static void
clear(struct tar_ahead *a, struct tar_node *d)
{
	struct tar_batch *b;
	size_t i;

	while ((b = d->first) != NULL) {
		unlink_first(d);
		for (i = 0; !b->is_dir && i < b->n; i++)
			tar_seen_drop(&a->pool, &b->seen[i]);
		if (b->dir != NULL) {
			a->dirs--;
			a->bytes -= dir_cost(b->dir);
			clear(a, b->dir);
			tar_node_free(b->dir);
		}
		a->bytes -= cost(b);
		free(b);
	}
}

void
tar_ahead_drop(struct tar_ahead *a, struct tar_node *d)
{
	pthread_mutex_lock(&a->lock);
	take_back(a);
	if (a->at == d)
		a->at = d->up;
	if (d->first != NULL) {
		a->paused = a->waiting = true;
		while (a->active > 0)
			pthread_cond_wait(&a->done, &a->lock);
		a->paused = a->waiting = false;
		clear(a, d);
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
	a->stop = true;
	pthread_cond_broadcast(&a->work);
	pthread_mutex_unlock(&a->lock);
	for (i = 0; i < a->n_threads; i++)
		pthread_join(a->threads[i], NULL);
	tar_fetch_free(a->own);
	tar_pool_destroy(&a->pool);
	pthread_cond_destroy(&a->done);
	pthread_cond_destroy(&a->work);
	pthread_mutex_destroy(&a->lock);
	free(a);
}
