/* Threads that make the small files of an archive. */
/* SPDX-License-Identifier: MIT */
#include <sys/resource.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "tar/crew.h"
#include "tar/file.h"
#include "tar/unpacker.h"

#define THREADS 4
#define STACK_SIZE ((size_t)128 * 1024)
#define FILE_MAX (64 * 1024) /* larger ones are not taken */
#define SMALL_MIN 16 /* files that are met before it begins */
#define BYTES_MAX ((size_t)8 << 20) /* of files on their way */
#define DIRS_MAX 64 /* that these are in, each with a descriptor */
#define FDS_MIN (DIRS_MAX + 64)
#define SLOTS 4096 /* of names; those that share one wait for each other */

/* The directory of some files on their way. */
struct place {
	int fd;
	unsigned int users; /* files, and the crew for the one it had last */
	unsigned int worker;
};

struct tar_job {
	struct tar_job *next;
	uint64_t number; /* in the archive's order */
	struct place *place;
	struct tar_attr want;
	size_t size, total; /* bytes of contents, of all of this */
	unsigned int slot;
	size_t base; /* where in path its last component begins */
	char *path; /* behind data */
	char data[];
};

struct worker {
	struct tar_crew *crew;
	pthread_t thread;
	pthread_cond_t work; /* there is some, or it is to stop */
	struct tar_job *first, *last;
};

struct tar_crew {
	const struct tar_self *self;
	const char *dir;
	bool may_start, hidden;
	unsigned int small; /* files met, up to SMALL_MIN */
	uint64_t number; /* of files handed on */
	struct place *place; /* of the last file, or NULL */
	struct buf place_path;
	struct worker workers[THREADS];
	unsigned int n; /* threads */
	atomic_bool failed, partial;

	pthread_mutex_t lock; /* for all that follows, and the queues */
	pthread_cond_t done; /* something is made, if waiting */
	bool waiting, stop;
	size_t bytes, jobs, places;
	unsigned int slots[SLOTS]; /* how many are on their way */
	uint64_t failed_number;
	struct tar_crew_failure failure;
};

struct tar_crew *
tar_crew_new(
    const struct tar_self *self, const char *dir, bool idle, bool hidden)
{
	struct tar_crew *c = xcalloc(1, sizeof(*c));
	struct rlimit limit;

	c->self = self;
	c->dir = dir;
	c->hidden = hidden;
	c->may_start = !idle && getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
	    limit.rlim_cur >= FDS_MIN;
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->done, NULL);
	return c;
}

/* Waits until something is made.  Called with the lock. */
static void
wait_done(struct tar_crew *c)
{
	c->waiting = true;
	pthread_cond_wait(&c->done, &c->lock);
	c->waiting = false;
}

/* Called with the lock. */
static void
release(struct tar_crew *c, struct place *p)
{
	if (p == NULL || --p->users > 0)
		return;
	close(p->fd);
	free(p);
	c->places--;
}

/* Keeps the failure that the archive has first.  Called with the lock. */
static void
fail(struct tar_crew *c, const struct tar_job *j, int error)
{
	if (c->failed && c->failed_number < j->number)
		return;
	free(c->failure.path);
	c->failure.path = xstrdup(j->path);
	c->failure.error = error;
	c->failed_number = j->number;
	c->failed = true;
}

/* Without the lock.  Returns 0 or an errno. */
static int
make(struct tar_crew *c, const struct tar_job *j, struct buf *temp)
{
	struct tar_file f = {
	    j->place->fd, j->path + j->base, &j->want, c->hidden};
	int rc = tar_file_write(c->self, &f, j->data, j->size, temp);

	if (rc == 1) {
		unpack_warn_attr(c->dir, j->path);
		c->partial = true;
	}
	return rc == -1 ? errno : 0;
}

/* Called with the lock. */
static void
work_one(struct worker *w, struct buf *temp)
{
	struct tar_crew *c = w->crew;
	struct tar_job *j = w->first;
	int error = 0;

	w->first = j->next;
	/* Nothing behind a failure needs to be there. */
	if (!c->failed || j->number < c->failed_number) {
		pthread_mutex_unlock(&c->lock);
		error = make(c, j, temp);
		pthread_mutex_lock(&c->lock);
	}
	if (error != 0)
		fail(c, j, error);
	release(c, j->place);
	c->slots[j->slot]--;
	c->bytes -= j->total;
	c->jobs--;
	free(j);
	if (c->waiting)
		pthread_cond_signal(&c->done);
}

static void *
work_all(void *arg)
{
	struct worker *w = arg;
	struct tar_crew *c = w->crew;
	struct buf temp = {NULL, 0, 0};

	pthread_mutex_lock(&c->lock);
	for (;;) {
		while (w->first != NULL)
			work_one(w, &temp);
		if (c->stop)
			break;
		pthread_cond_wait(&w->work, &c->lock);
	}
	pthread_mutex_unlock(&c->lock);
	buf_free(&temp);
	return NULL;
}

/* As many threads as can be had; without any nothing is taken. */
static void
start(struct tar_crew *c)
{
	struct worker *w;
	pthread_attr_t attr;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	while (c->n < THREADS) {
		w = &c->workers[c->n];
		w->crew = c;
		pthread_cond_init(&w->work, NULL);
		if (pthread_create(&w->thread, &attr, work_all, w) != 0) {
			pthread_cond_destroy(&w->work);
			break;
		}
		c->n++;
	}
	pthread_attr_destroy(&attr);
}

bool
tar_crew_wants(struct tar_crew *c, uint64_t size)
{
	if (size > FILE_MAX || !c->may_start)
		return false;
	if (c->small < SMALL_MIN && ++c->small == SMALL_MIN)
		start(c);
	return c->n > 0;
}

/* FNV-1a, which needs no secret: a collision only waits. */
static unsigned int
hash(const char *s, size_t n)
{
	uint64_t h = 0xcbf29ce484222325;

	for (; n > 0; n--)
		h = (h ^ (unsigned char)*s++) * 0x100000001b3;
	return (unsigned int)(h >> 32 ^ h);
}

/* Makes c->place that of the n bytes at path.  0, or -1 with errno. */
static int
move_to(struct tar_crew *c, int dirfd, const char *path, size_t n)
{
	struct place *p;

	if (c->place != NULL && c->place_path.len == n &&
	    memcmp(c->place_path.data, path, n) == 0)
		return 0;
	release(c, c->place);
	c->place = NULL;
	while (c->places == DIRS_MAX)
		wait_done(c);
	p = xcalloc(1, sizeof(*p));
	p->fd = fcntl(dirfd, F_DUPFD_CLOEXEC, 0);
	if (p->fd == -1) {
		free(p);
		return -1;
	}
	p->users = 1;
	p->worker = hash(path, n) % c->n;
	c->places++;
	c->place = p;
	buf_reset(&c->place_path);
	buf_add(&c->place_path, path, n);
	return 0;
}

/* Room for it, and its place.  Called with the lock. */
static int
take(struct tar_crew *c, int dirfd, const char *path, size_t base, size_t total)
{
	while (c->jobs > 0 && c->bytes + total > BYTES_MAX)
		wait_done(c);
	if (move_to(c, dirfd, path, base > 0 ? base - 1 : 0) == -1)
		return -1;
	c->place->users++;
	c->bytes += total;
	return 0;
}

struct tar_job *
tar_crew_job(struct tar_crew *c, int dirfd, const char *path,
    const struct tar_attr *want, size_t size, char **data)
{
	const char *slash = strrchr(path, '/');
	size_t base = slash != NULL ? (size_t)(slash + 1 - path) : 0;
	size_t len = strlen(path), total;
	struct tar_job *j;
	int rc;

	total = sizeof(*j) + size + len + 1;
	pthread_mutex_lock(&c->lock);
	rc = take(c, dirfd, path, base, total);
	pthread_mutex_unlock(&c->lock);
	if (rc == -1)
		return NULL;
	j = xmalloc(total);
	j->next = NULL;
	j->number = c->number++;
	j->place = c->place;
	j->want = *want;
	j->size = size;
	j->total = total;
	j->slot = hash(path, len) % SLOTS;
	j->base = base;
	j->path = j->data + size;
	memcpy(j->path, path, len + 1);
	*data = j->data;
	return j;
}

void
tar_crew_give(struct tar_crew *c, struct tar_job *j)
{
	struct worker *w = &c->workers[j->place->worker];

	pthread_mutex_lock(&c->lock);
	c->slots[j->slot]++;
	c->jobs++;
	if (w->first == NULL) {
		w->first = j;
		pthread_cond_signal(&w->work);
	} else {
		w->last->next = j;
	}
	w->last = j;
	pthread_mutex_unlock(&c->lock);
}

void
tar_crew_drop(struct tar_crew *c, struct tar_job *j)
{
	pthread_mutex_lock(&c->lock);
	c->bytes -= j->total;
	release(c, j->place);
	pthread_mutex_unlock(&c->lock);
	free(j);
}

void
tar_crew_settle(struct tar_crew *c, const char *path)
{
	unsigned int slot;

	if (c->n == 0)
		return;
	slot = path != NULL ? hash(path, strlen(path)) % SLOTS : 0;
	pthread_mutex_lock(&c->lock);
	while (path != NULL ? c->slots[slot] > 0 : c->jobs > 0)
		wait_done(c);
	pthread_mutex_unlock(&c->lock);
}

bool
tar_crew_failed(const struct tar_crew *c)
{
	return c->failed;
}

const struct tar_crew_failure *
tar_crew_failure(const struct tar_crew *c)
{
	return c->failed ? &c->failure : NULL;
}

bool
tar_crew_partial(const struct tar_crew *c)
{
	return c->partial;
}

void
tar_crew_free(struct tar_crew *c)
{
	unsigned int i;

	if (c == NULL)
		return;
	pthread_mutex_lock(&c->lock);
	release(c, c->place);
	c->stop = true;
	for (i = 0; i < c->n; i++)
		pthread_cond_signal(&c->workers[i].work);
	pthread_mutex_unlock(&c->lock);
	for (i = 0; i < c->n; i++) {
		pthread_join(c->workers[i].thread, NULL);
		pthread_cond_destroy(&c->workers[i].work);
	}
	free(c->failure.path);
	buf_free(&c->place_path);
	pthread_cond_destroy(&c->done);
	pthread_mutex_destroy(&c->lock);
	free(c);
}
