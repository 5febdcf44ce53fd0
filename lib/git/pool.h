/* Worker threads with a bounded queue, and a limit for each lane. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_POOL_H
#define GLB_POOL_H

#define POOL_THREADS_MAX 64 /* with some ten descriptors each */

/*
 * Jobs that share something slow (a storage) share a lane.  Zero-initialise;
 * only the pool touches it, and it must outlive the pool.
 */
struct pool_lane {
	unsigned int running;
};

/* Embedded in the caller's job. */
struct pool_job {
	struct pool_job *next;
	struct pool_lane *lane;
};

/*
 * Does one job, which it then owns, in the thread with this number (from 0).
 * Returns 0 to go on; 1 to stop the pool.
 */
typedef int pool_fn(void *arg, unsigned int worker, struct pool_job *job);

struct pool;

/* As many threads as there are processors, at least two. */
unsigned int pool_default(void);

/*
 * Starts n threads; at most lane_max jobs of a lane run at a time (0: any
 * number).  drop gets the jobs that a stopped pool never started.  NULL after
 * a warning.
 */
struct pool *pool_new(unsigned int n, unsigned int lane_max, pool_fn *fn,
    void (*drop)(struct pool_job *), void *arg);

/*
 * Gives a job away, waiting for room in the queue.  Returns 0, or -1 if the
 * pool has been stopped: the job then is still the caller's.
 */
int pool_push(struct pool *p, struct pool_job *job);

/* Waits until every job given is done. */
void pool_wait(struct pool *p);

/* Lets no further job start.  Those that run go on. */
void pool_stop(struct pool *p);

/* Waits for the jobs, ends the threads and frees p, which may be NULL. */
void pool_free(struct pool *p);

#endif
