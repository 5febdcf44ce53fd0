/* Verifies a tree of backups: every repository of it, many at a time. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/io.h"
#include "base/prog.h"
#include "base/status.h"
#include "base/text.h"
#include "git/examine.h"
#include "git/pool.h"
#include "git/result.h"
#include "git/scratch.h"
#include "git/survey.h"
#include "git/walk.h"

struct job {
	struct pool_job queue; /* first, so that the pool's pointer is ours */
	struct subject subject;
	char *storage, *path; /* its */
};

struct state {
	const struct survey *o;
	int root;
	struct list env;
	struct scratch *scratch;
	struct examine *examines; /* one a worker */
	struct list dirs; /* the workers' scratch directories */
	struct pool *pool;
	struct pool_lane lane;
	uint64_t found; /* repositories */
	pthread_mutex_t lock; /* of stdout and status */
	bool deaf; /* nobody reads stdout: told once */
	int status; /* the worst so far */
};

/* Tells the result, and counts it.  Returns 0, or -1 to stop. */
static int
tell(struct state *s, const char *storage, const char *path, int rc,
    const struct capture_result *r)
{
	struct buf line = {NULL, 0, 0}, name = {NULL, 0, 0};
	int written = -1;

	if (scratch_ending(s->scratch))
		return -1;
	text_fold(&name, storage, strlen(storage));
	if (*storage != '\0')
		buf_putc(&name, '/');
	text_fold(&name, path, strlen(path));
	result_write(&line, storage, path, r);
	pthread_mutex_lock(&s->lock);
	if (!s->deaf && rc != PROG_DONE)
		warnx("%s: %s", buf_str(&name), buf_str(&r->error));
	if (!s->deaf)
		written = io_write_all(STDOUT_FILENO, line.data, line.len);
	if (written == -1) {
		if (!s->deaf)
			warn("standard output");
		s->deaf = true;
		rc = PROG_FAILED;
	}
	s->status = prog_worse(s->status, rc);
	pthread_mutex_unlock(&s->lock);
	status_add(0, 0, 1);
	buf_free(&line);
	buf_free(&name);
	return written;
}

/* Tells of something that is wrong with a name.  A walk's damage(). */
static int
tell_damage(void *arg, const char *storage, const char *path, const char *what,
    const char *why)
{
	struct capture_result r = {.status = CAPTURE_FAILED};
	char *p = text_line(path), *st = text_line(storage);
	struct state *s = arg;
	int rc;

	if (what != NULL)
		text_fold(&r.error, what, strlen(what));
	buf_puts(&r.error, what != NULL ? ": " : "");
	text_fold(&r.error, why, strlen(why));
	rc = tell(s, st, p, PROG_DAMAGED, &r);
	buf_free(&r.error);
	free(p);
	free(st);
	return rc;
}

static void
drop(struct pool_job *queued)
{
	struct job *j = (struct job *)queued;

	list_free(&j->subject.ids);
	free(j->storage);
	free(j->path);
	free(j);
}

/* Examines one repository.  A pool_fn. */
static int
work(void *arg, unsigned int worker, struct pool_job *queued)
{
	struct job *j = (struct job *)queued;
	struct capture_result r = {0};
	struct state *s = arg;
	int rc;

	rc = examine_repository(&s->examines[worker], &j->subject, &r);
	rc = tell(s, j->storage, j->path, rc, &r);
	buf_free(&r.error);
	drop(queued);
	return rc == -1;
}

/* A failure to read our way through the tree.  A walk's unreadable(). */
static void
unreadable(void *arg, const char *path)
{
	struct state *s = arg;
	char *line = text_line(path);

	warn("%s/%s", s->o->tree, line);
	free(line);
	pthread_mutex_lock(&s->lock);
	s->status = PROG_FAILED;
	pthread_mutex_unlock(&s->lock);
}

/* Gives a repository to the workers.  A walk's found(). */
static int
queue(void *arg, struct subject *subject)
{
	struct job *j = xcalloc(1, sizeof(*j));
	struct state *s = arg;

	j->queue.lane = &s->lane;
	j->storage = xstrdup(subject->storage);
	j->path = xstrdup(subject->path);
	j->subject = *subject;
	j->subject.storage = j->storage;
	j->subject.path = j->path;
	subject->ids = (struct list){NULL, 0};
	s->found++;
	if (pool_push(s->pool, &j->queue) == 0)
		return 0;
	drop(&j->queue);
	return -1;
}

/* Verifies everything.  Each way to stop has set the status. */
static void
survey(struct state *s)
{
	struct walk w = {
	    .root = s->root,
	    .id = s->o->id,
	    .found = queue,
	    .damage = tell_damage,
	    .unreadable = unreadable,
	    .arg = s,
	};
	int rc = walk_tree(&w);

	if (rc != 0)
		pool_stop(s->pool);
	pool_wait(s->pool);
	if (rc == 0 && s->found == 0 && s->o->id != NULL) {
		warnx("%s: no backup %s", s->o->tree, s->o->id);
		s->status = prog_worse(s->status, PROG_DAMAGED);
	}
}

/* Everything that can fail before the first repository.  Returns 0 or -1. */
static int
prepare(struct state *s)
{
	unsigned int i;

	run_environment(&s->env);
	s->root = open(s->o->tree, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->root == -1) {
		warn("%s", s->o->tree);
		return -1;
	}
	s->scratch = scratch_new("glb-repos");
	if (s->scratch == NULL)
		return -1;
	s->examines = xcalloc(s->o->jobs, sizeof(*s->examines));
	for (i = 0; i < s->o->jobs; i++) {
		list_addf(&s->dirs, "%s/%u", scratch_path(s->scratch), i);
		if (mkdir(s->dirs.v[i], 0700) == -1) {
			warn("%s", s->dirs.v[i]);
			return -1;
		}
		s->examines[i] =
		    (struct examine){s->root, s->dirs.v[i], &s->env};
	}
	s->pool = pool_new(s->o->jobs, 0, work, drop, s);
	return s->pool == NULL ? -1 : 0;
}

int
survey_run(const struct survey *o)
{
	struct state s = {.o = o, .root = -1, .status = PROG_FAILED};

	pthread_mutex_init(&s.lock, NULL);
	if (prepare(&s) == 0) {
		s.status = PROG_DONE;
		survey(&s);
		pool_free(s.pool);
	}
	if (s.root != -1)
		close(s.root);
	scratch_free(s.scratch);
	free(s.examines);
	list_free(&s.dirs);
	list_free(&s.env);
	pthread_mutex_destroy(&s.lock);
	return s.status;
}
