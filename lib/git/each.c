/* Does something with every repository of a list, many at a time. */
/* SPDX-License-Identifier: MIT */
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
#include "git/each.h"
#include "git/input.h"
#include "git/pool.h"
#include "git/run.h"
#include "git/tally.h"
#include "proc/child.h"

struct job {
	struct pool_job queue; /* first, so that the pool's pointer is ours */
	struct storage *storage;
	char path[];
};

struct each {
	const struct each_spec *o;
	bool site_read; /* or tried to */
	struct list env;
	struct pool *pool;
	struct tally tally;
};

/* Does one repository.  A pool_fn. */
static int
work(void *arg, unsigned int worker, struct pool_job *queued)
{
	struct each *s = arg;
	struct job *j = (struct job *)queued;
	struct capture_result r = {0};
	const char *full;
	int rc;

	full = s->o->full != NULL ? s->o->full : j->storage->dir;
	rc = s->o->work(s->o->arg, worker, j->storage, j->path, &r);
	if (rc == 0)
		rc = tally_add(&s->tally, full, j->storage->name, j->path, &r);
	buf_free(&r.error);
	list_free(&r.left_out);
	free(j);
	return rc;
}

/* Forgets a repository that will not be done. */
static void
drop(struct pool_job *queued)
{
	free((struct job *)queued);
}

/* Learns of the site's storages.  Returns 0, or -1 after a warning. */
static int
read_site(struct each *s)
{
	struct site *site;

	s->site_read = true;
	site = site_read(s->o->where);
	if (site == NULL)
		return -1;
	storages_add_site(s->o->storages, site);
	site_free(site);
	return 0;
}

/*
 * The site is read when it is needed for the first time, and then while no
 * worker runs, as it may change PATH.
 */
struct storage *
each_storage(struct each *s, const char *name)
{
	struct storage *found = storages_find(s->o->storages, name);

	if (found != NULL || s->site_read)
		return found;
	if (s->pool != NULL)
		pool_wait(s->pool);
	if (read_site(s) == -1)
		return NULL;
	return storages_find(s->o->storages, name);
}

/* Says why r cannot even be tried, and finds its storage.  NULL: it can. */
static char *
refuse(struct each *s, const struct input_repo *r, struct storage **storage)
{
	char *bad = input_bad(r);

	if (bad != NULL)
		return bad;
	*storage = each_storage(s, r->storage_name);
	if (*storage == NULL)
		return xstrdup("unknown storage");
	if ((*storage)->trouble != NULL)
		return xasprintf("storage: %s", (*storage)->trouble);
	if (s->o->admit == NULL)
		return NULL;
	return s->o->admit(s->o->arg, *storage, r->relative_path);
}

/* Queues one repository.  Returns 0, or -1 to stop. */
static int
queue(struct each *s, const struct input_repo *r)
{
	struct storage *storage = NULL;
	struct job *j;
	size_t n;
	char *why;
	int rc;

	why = refuse(s, r, &storage);
	if (why != NULL) {
		rc = tally_fail(
		    &s->tally, r->storage_name, r->relative_path, why);
		free(why);
		return rc == 0 ? 0 : -1;
	}
	n = strlen(r->relative_path) + 1;
	j = xmalloc(sizeof(*j) + n);
	j->queue.lane = &storage->lane;
	j->storage = storage;
	memcpy(j->path, r->relative_path, n);
	if (pool_push(s->pool, &j->queue) == 0)
		return 0;
	free(j);
	return -1;
}

/* Reads the whole list.  Returns a status. */
static int
read_list(struct each *s)
{
	struct input *in = input_new(STDIN_FILENO);
	struct input_repo r;
	int rc;

	while ((rc = input_next(in, &r)) == -1)
		if (queue(s, &r) == -1) {
			rc = PROG_DONE; /* what stopped us has a status */
			break;
		}
	if (rc != PROG_DONE)
		pool_stop(s->pool);
	input_free(in);
	return rc;
}

/* Is there a git?  Returns 0, or -1 after a warning. */
static int
check_git(const struct list *env)
{
	struct list argv = {NULL, 0};
	struct child_spec spec = CHILD_SPEC(NULL);
	struct buf version = {NULL, 0, 0};
	char how[64];
	int status = -1;

	list_split(&argv, "git,--version");
	spec.argv = argv.v;
	spec.env = env;
	spec.in = open("/dev/null", O_RDONLY | O_CLOEXEC); /* not the list */
	if (spec.in == -1)
		warn("/dev/null");
	else
		status = child_run(&spec, &version, NULL, IO_SIZE);
	if (status > 0)
		warnx("git --version: %s",
		    child_describe(status, how, sizeof(how)));
	if (spec.in != -1)
		close(spec.in);
	list_free(&argv);
	buf_free(&version);
	return status == 0 ? 0 : -1;
}

struct each *
each_new(const struct each_spec *spec)
{
	struct each *e = xcalloc(1, sizeof(*e));

	e->o = spec;
	tally_start(&e->tally);
	run_environment(&e->env);
	if ((spec->storages->n > 0 || read_site(e) == 0) &&
	    check_git(&e->env) == 0)
		return e;
	each_free(e);
	return NULL;
}

const struct list *
each_env(const struct each *e)
{
	return &e->env;
}

int
each_run(struct each *e, uint64_t *done)
{
	const struct each_spec *o = e->o;
	int rc;

	*done = 0;
	e->pool = pool_new(o->jobs, o->jobs_per_storage, work, drop, e);
	if (e->pool == NULL)
		return PROG_FAILED;
	rc = read_list(e);
	pool_free(e->pool);
	e->pool = NULL;
	*done = e->tally.done;
	return prog_worse(e->tally.status, rc);
}

void
each_free(struct each *e)
{
	if (e == NULL)
		return;
	list_free(&e->env);
	tally_end(&e->tally);
	free(e);
}
