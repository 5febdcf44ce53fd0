/* Worker threads with a bounded queue, and a limit for each lane. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/prog.h"
#include "git/pool.h"

#define QUEUE_MAX 1024 /* jobs waiting: looked over for a free lane */

struct worker {
	struct pool *pool;
	unsigned int number;
	pthread_t thread;
};

struct pool {
	pool_fn *fn;
	void (*drop)(struct pool_job *);
	void *arg;
	unsigned int lane_max;
	pthread_mutex_t lock; /* of all below */
	pthread_cond_t work; /* a job may have become startable */
	pthread_cond_t room; /* the queue or the workers have emptied */
	struct pool_job *first, **end;
	unsigned int queued, running;
	bool closed; /* no more jobs will come */
	bool stopped;
	unsigned int n;
	struct worker workers[];
};

unsigned int
pool_default(void)
{
	int n = prog_processors();

	if (n < 2)
		return 2;
	return n > POOL_THREADS_MAX ? POOL_THREADS_MAX : (unsigned int)n;
}

/* Takes the first job out whose lane is free, or returns NULL. */
static struct pool_job *
take(struct pool *p)
{
	struct pool_job **at, *job;

	for (at = &p->first; (job = *at) != NULL; at = &job->next) {
		if (p->lane_max > 0 && job->lane->running >= p->lane_max)
			continue;
		*at = job->next;
		if (p->end == &job->next)
			p->end = at;
		p->queued--;
		p->running++;
		job->lane->running++;
		return job;
	}
	return NULL;
}

/* Drops what waits. */
static void
stop(struct pool *p)
{
	struct pool_job *job;

	p->stopped = true;
	while ((job = p->first) != NULL) {
		p->first = job->next;
		p->drop(job);
	}
	p->end = &p->first;
	p->queued = 0;
	pthread_cond_broadcast(&p->room);
	pthread_cond_broadcast(&p->work);
}

static void *
work(void *arg)
{
	struct worker *w = arg;
	struct pool *p = w->pool;
	struct pool_lane *lane;
	struct pool_job *job;
	int rc;

	pthread_mutex_lock(&p->lock);
	for (;;) {
		while (
		    (job = take(p)) == NULL && !(p->closed && p->queued == 0))
			pthread_cond_wait(&p->work, &p->lock);
		if (job == NULL)
			break;
		pthread_cond_signal(&p->room);
		lane = job->lane;
		pthread_mutex_unlock(&p->lock);
		rc = p->fn(p->arg, w->number, job);
		pthread_mutex_lock(&p->lock);
		lane->running--;
		p->running--;
		if (rc != 0)
			stop(p);
		/* Its lane has become free, or all is done. */
		pthread_cond_broadcast(&p->work);
		pthread_cond_signal(&p->room);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

/* Starts the threads.  Returns 0, or an error number. */
static int
start(struct pool *p, unsigned int n)
{
	sigset_t ends, old;
	int rc = 0;

	/* These are for the thread that started us, which may be reading. */
	sigemptyset(&ends);
	sigaddset(&ends, SIGHUP);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &ends, &old);
	for (; rc == 0 && p->n < n; p->n += rc == 0) {
		p->workers[p->n].pool = p;
		p->workers[p->n].number = p->n;
		rc = pthread_create(
		    &p->workers[p->n].thread, NULL, work, &p->workers[p->n]);
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return rc;
}

struct pool *
pool_new(unsigned int n, unsigned int lane_max, pool_fn *fn,
    void (*drop)(struct pool_job *), void *arg)
{
	struct pool *p;
	int rc;

	p = xcalloc(1, sizeof(*p) + n * sizeof(p->workers[0]));
	p->fn = fn;
	p->drop = drop;
	p->arg = arg;
	p->lane_max = lane_max;
	p->end = &p->first;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->work, NULL);
	pthread_cond_init(&p->room, NULL);
	rc = start(p, n);
	if (rc != 0) {
		errno = rc;
		warn("thread");
		pool_free(p);
		return NULL;
	}
	return p;
}

int
pool_push(struct pool *p, struct pool_job *job)
{
	int rc = -1;

	pthread_mutex_lock(&p->lock);
	while (p->queued == QUEUE_MAX && !p->stopped)
		pthread_cond_wait(&p->room, &p->lock);
	if (!p->stopped) {
		job->next = NULL;
		*p->end = job;
		p->end = &job->next;
		p->queued++;
		pthread_cond_signal(&p->work);
		rc = 0;
	}
	pthread_mutex_unlock(&p->lock);
	return rc;
}

void
pool_wait(struct pool *p)
{
	pthread_mutex_lock(&p->lock);
	while (p->queued > 0 || p->running > 0)
		pthread_cond_wait(&p->room, &p->lock);
	pthread_mutex_unlock(&p->lock);
}

void
pool_stop(struct pool *p)
{
	pthread_mutex_lock(&p->lock);
	stop(p);
	pthread_mutex_unlock(&p->lock);
}

void
pool_free(struct pool *p)
{
	unsigned int i;

	if (p == NULL)
		return;
	pthread_mutex_lock(&p->lock);
	p->closed = true;
	pthread_cond_broadcast(&p->work);
	pthread_mutex_unlock(&p->lock);
	for (i = 0; i < p->n; i++)
		pthread_join(p->workers[i].thread, NULL);
	pthread_mutex_destroy(&p->lock);
	pthread_cond_destroy(&p->work);
	pthread_cond_destroy(&p->room);
	free(p);
}
