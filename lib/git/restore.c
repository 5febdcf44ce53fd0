/* Brings the repositories of a list back from a tree of backups. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/prog.h"
#include "base/text.h"
#include "git/asuser.h"
#include "git/chain.h"
#include "git/each.h"
#include "git/others.h"
#include "git/place.h"
#include "git/rebuild.h"
#include "git/restore.h"
#include "git/tally.h"
#include "git/target.h"
#include "proc/child.h"

struct restore_state {
	const struct restore *o;
	struct each *each;
	int tree;
	char *newest; /* id of the newest run; or NULL */
	atomic_bool partial; /* something could not be as it was */
};

/* The signal that is to end us: where its handler and all threads reach it. */
static atomic_int stopped;

/*
 * Everything ends by itself then: the children die, so their repositories
 * fail; the list, which may be waited for, has an end.
 */
static void
stop(int sig)
{
	int null, saved = errno;

	stopped = sig;
	null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (null != -1)
		dup2(null, STDIN_FILENO);
	if (null > STDERR_FILENO)
		close(null);
	child_terminate();
	errno = saved;
}

static void
handle_signals(void)
{
	static const int sigs[] = {SIGHUP, SIGINT, SIGTERM};
	struct sigaction sa, old;
	size_t i;

	/* It would leave behind what is not complete. */
	signal(SIGPIPE, SIG_IGN);
	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = stop;
	sigfillset(&sa.sa_mask);
	for (i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++)
		if (sigaction(sigs[i], NULL, &old) == 0 &&
		    old.sa_handler != SIG_IGN)
			sigaction(sigs[i], &sa, NULL);
}

/* Dies of the signal that has stopped us, if one has. */
static void
die_of_signal(void)
{
	if (stopped == 0)
		return;
	signal(stopped, SIG_DFL);
	raise(stopped);
}

/*
 * Makes the storage's place when the first of its repositories is met, and
 * notes that this one is on the list.  An each_spec.admit.
 */
static char *
admit(void *arg, struct storage *s, const char *path)
{
	const char *bad = target_bad(path);
	struct buf why = {NULL, 0, 0};

	(void)arg;
	if (bad == NULL)
		bad = place_bad(path);
	if (bad != NULL)
		return xasprintf("relative_path %s", bad);
	if (s->place == NULL)
		s->place = place_open(s, &why);
	if (s->place == NULL)
		return buf_take(&why);
	switch (place_list(s->place, path)) {
	case 1:
		return NULL;
	case 0:
		return xstrdup("is on the list already");
	default:
		return xasprintf("%s: %s", s->place->path, strerror(errno));
	}
}

/* Builds the repository that c describes, and puts it in its place. */
static int
bring_back(struct restore_state *s, unsigned int worker,
    struct storage *storage, const char *path, const struct chain *c,
    struct capture_result *r)
{
	struct rebuild b = {0};
	int rc = -1;

	b.env = each_env(s->each);
	b.tree = s->tree;
	b.fd = storage->place->fd;
	b.path = storage->place->path;
	b.worker = worker;
	b.user = storage->place->user;
	b.chain = c;
	if (place_clear(storage->place, worker) == -1)
		rebuild_write_failed(&b);
	else if (rebuild_repository(&b) == 0 && stopped == 0)
		rc = place_put(storage->place, worker, path, &b.why);
	if (rc == 0 && b.note.len > 0) {
		tally_complain(storage->name, path, b.note.data);
		s->partial = true;
	}
	r->status = rc == -1 ? CAPTURE_FAILED
	    : b.refs == 0    ? CAPTURE_EMPTY
			     : CAPTURE_OK;
	r->refs = rc == 0 ? b.refs : 0;
	r->bytes = rc == 0 ? b.bytes : 0;
	r->full = b.full;
	text_fold(&r->error, buf_str(&b.why), b.why.len);
	rebuild_free(&b);
	/* What is left may be the last bytes of the disk. */
	place_clear(storage->place, worker);
	return rc;
}

/* Restores one repository.  An each_spec.work. */
static int
work(void *arg, unsigned int worker, struct storage *storage, const char *path,
    struct capture_result *r)
{
	struct restore_state *s = arg;
	struct buf why = {NULL, 0, 0};
	struct chain c = {0};

	if (stopped != 0)
		return 1;
	if (chain_read(s->tree, storage->name, path, s->o->id, s->newest, &c,
		&why) != CHAIN_READ) {
		r->status = CAPTURE_FAILED;
		text_fold(&r->error, buf_str(&why), why.len);
	} else if (c.non_existent) {
		r->status = CAPTURE_MISSING;
	} else {
		bring_back(s, worker, storage, path, &c, r);
	}
	chain_free(&c);
	buf_free(&why);
	return r->status == CAPTURE_FAILED && stopped != 0;
}

/* Are the storages of --remove-all known?  Returns a status. */
static int
check_remove_all(struct restore_state *s)
{
	const struct list *l = s->o->remove_all;
	size_t i;

	for (i = 0; i < l->n; i++)
		if (each_storage(s->each, l->v[i]) == NULL) {
			warnx("--remove-all: %s: unknown storage", l->v[i]);
			return PROG_USAGE;
		}
	return PROG_DONE;
}

/* Removes what was not on the list.  Returns a status. */
static int
remove_others(struct restore_state *s)
{
	const struct list *l = s->o->remove_all;
	struct storage *storage;
	int rc = PROG_DONE;
	size_t i;

	for (i = 0; i < l->n && stopped == 0; i++) {
		storage = each_storage(s->each, l->v[i]);
		if (storage->place != NULL) {
			rc = prog_worse(rc, others_remove(storage->place));
			continue;
		}
		/* More likely the list is not what it should be. */
		warnx("--remove-all: %s: nothing of it is on the list, so "
		      "nothing is removed",
		    l->v[i]);
		rc = prog_worse(rc, PROG_PARTIAL);
	}
	return rc;
}

/* Ends the run on every storage.  Returns the run's status. */
static int
close_places(const struct restore *o, int status)
{
	bool failed = status != PROG_DONE || stopped != 0;
	bool keep = o->keep || failed;
	struct storages *l = o->storages;
	size_t i;

	for (i = 0; i < l->n; i++) {
		if (l->v[i]->place == NULL)
			continue;
		if (place_close(l->v[i]->place, keep, failed) == -1)
			status = PROG_FAILED;
		l->v[i]->place = NULL;
	}
	return status;
}

/* The whole run, when the tree is open.  Returns a status. */
static int
run_list(struct restore_state *s)
{
	uint64_t done;
	int rc;

	if (s->o->id == NULL && chain_newest(s->tree, &s->newest) == -1) {
		warn("%s/backup_ids", s->o->tree);
		return PROG_FAILED;
	}
	rc = check_remove_all(s);
	if (rc != PROG_DONE)
		return rc;
	rc = each_run(s->each, &done);
	if (s->partial)
		rc = prog_worse(rc, PROG_PARTIAL);
	if (rc == PROG_DONE && stopped == 0)
		rc = remove_others(s);
	return close_places(s->o, rc);
}

int
restore_run(const struct restore *o)
{
	struct restore_state s = {.o = o, .tree = -1};
	struct each_spec spec = {
	    .jobs = o->jobs,
	    .jobs_per_storage = o->jobs_per_storage,
	    .storages = o->storages,
	    .where = o->where,
	    .admit = admit,
	    .work = work,
	    .arg = &s,
	};
	int rc = PROG_FAILED;

	asuser_start();
	handle_signals();
	s.tree = open(o->tree, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s.tree == -1)
		warn("%s", o->tree);
	else
		s.each = each_new(&spec);
	if (s.each != NULL)
		rc = run_list(&s);
	each_free(s.each);
	if (s.tree != -1)
		close(s.tree);
	free(s.newest);
	die_of_signal();
	return rc;
}
