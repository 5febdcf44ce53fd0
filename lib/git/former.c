/* What becomes of the repositories that restores have replaced. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/prog.h"
#include "git/asuser.h"
#include "git/kept.h"
#include "git/leftover.h"
#include "git/place.h"
#include "git/putback.h"
#include "git/run.h"
#include "git/former.h"

struct at {
	struct storage *storage;
	int gitaly; /* "+gitaly" */
	bool waiting; /* a run could not be put back in full */
};

/* A run's directory, with its lock. */
struct held {
	struct at *at;
	int64_t number;
	char name[KEPT_NAME_MAX];
	int fd;
	int lock;
	bool made; /* the lock's file */
};

static void
complain(const struct held *h, const char *why)
{
	warnx("%s/" KEPT_PARENT "/%s: %s", h->at->storage->dir, h->name, why);
}

/* Says what errno means for the run.  Returns PROG_FAILED. */
static int
failed(const struct held *h)
{
	warn("%s/" KEPT_PARENT "/%s", h->at->storage->dir, h->name);
	return PROG_FAILED;
}

static void
let_go(struct held *h)
{
	if (h->lock != -1) {
		if (h->made)
			unlinkat(h->fd, PLACE_LOCK, 0);
		close(h->lock);
	}
	if (h->fd != -1)
		close(h->fd);
}

/* Takes the run called number.  Returns a status; let_go() is right after. */
static int
take(struct at *at, int64_t number, struct held *h)
{
	h->at = at;
	h->number = number;
	h->lock = -1;
	h->made = false;
	snprintf(h->name, sizeof(h->name), KEPT_RUN "%lld", (long long)number);
	h->fd = openat(at->gitaly, h->name,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (h->fd == -1)
		return failed(h);
	h->lock = leftover_take(h->fd, &h->made);
	if (h->lock != -1)
		return PROG_DONE;
	if (errno != EWOULDBLOCK)
		return failed(h);
	complain(h, "is of a restore that still runs");
	return PROG_LOCKED;
}

/* Calls fn for every run, from the oldest on.  Returns the worst status. */
static int
for_runs(struct at *at, int (*fn)(struct held *))
{
	struct held h;
	int64_t n = 0;
	int found, rc = PROG_DONE, status;

	while ((found = kept_above(at->gitaly, n, &n)) == 1) {
		status = take(at, n, &h);
		if (status == PROG_DONE)
			status = fn(&h);
		let_go(&h);
		rc = prog_worse(rc, status);
	}
	if (found == 0)
		return rc;
	warn("%s/" KEPT_PARENT, at->storage->dir);
	return PROG_FAILED;
}

static int
nothing(struct held *h)
{
	(void)h;
	return PROG_DONE;
}

/* Is there nothing in it that should go back?  Returns a status. */
static int
check_ended(struct held *h)
{
	if (leftover_ended(h->fd))
		return PROG_DONE;
	if (leftover_finish(h->fd) == -1)
		return failed(h);
	if (leftover_unchanged(h->fd))
		return PROG_DONE;
	complain(h,
	    "is of a restore that was killed, or not rolled back in "
	    "full: rollback first");
	return PROG_FAILED;
}

static int
discard(struct held *h)
{
	/* What has ended is on the disk, so that its old ones may go. */
	int rc = check_ended(h);

	if (rc != PROG_DONE)
		return rc;
	if (kept_discard(h->at->gitaly, h->at->gitaly, h->name) == -1)
		return failed(h);
	h->made = false;
	return PROG_DONE;
}

/* Discards what is kept on a storage.  Returns a status. */
static int
discard_all(struct at *at)
{
	int rc = for_runs(at, check_ended);

	return rc != PROG_DONE ? rc : for_runs(at, discard);
}

/*
 * Ends the rollback of a run: discards what is of no use any more when the
 * rest has reached the disk.  Returns a status.
 */
static int
finish(struct held *h, int status)
{
	int rc;

	if (syncfs(h->fd) == -1)
		return failed(h);
	if (status == PROG_DONE) {
		rc = kept_discard(h->at->gitaly, h->at->gitaly, h->name);
		if (rc == 0)
			h->made = false;
	} else {
		rc = leftover_clean(h->fd);
		if (rc == 0)
			rc = kept_discard(h->at->gitaly, h->fd, PUTBACK_WASTE);
		/* It is not news to the next restore. */
		h->made = true;
	}
	return rc == 0 ? status : failed(h);
}

/* Puts back what one run has replaced.  Returns a status. */
static int
roll_back(struct held *h)
{
	struct putback p = {
	    h->at->storage, h->at->gitaly, h->fd, h->number, h->at->waiting};
	int rc = PROG_DONE;

	/* From here on it is neither old nor new. */
	if (leftover_unend(h->fd) == -1 || leftover_finish(h->fd) == -1)
		return failed(h);
	if (!leftover_unchanged(h->fd))
		rc = putback_run(&p);
	return rc == PROG_FAILED ? rc : finish(h, rc);
}

/* Puts back what is kept on a storage.  Returns a status. */
static int
roll_all_back(struct at *at)
{
	int found, rc = for_runs(at, nothing), status = PROG_DONE;
	int64_t n = INT64_MAX;
	struct held h;

	/* The oldest comes last: it is what remains. */
	while (rc == PROG_DONE && status != PROG_FAILED &&
	    (found = kept_below(at->gitaly, n, &n)) != 0) {
		if (found == -1) {
			warn("%s/" KEPT_PARENT, at->storage->dir);
			return PROG_FAILED;
		}
		rc = take(at, n, &h);
		if (rc == PROG_DONE)
			status = prog_worse(status, roll_back(&h));
		at->waiting = status != PROG_DONE;
		let_go(&h);
	}
	return prog_worse(rc, status);
}

/* Does it for an open "+gitaly".  Returns a status. */
static int
do_gitaly(struct at *at, const struct child_user *user, int (*fn)(struct at *))
{
	int rc;

	asuser_enter(user);
	rc = fn(at);
	asuser_leave(user);
	/* As root: there may be files of others. */
	if (kept_remove_discarded(at->gitaly, at->storage->dir) == -1)
		rc = PROG_FAILED;
	asuser_enter(user);
	kept_leave(at->storage->fd);
	asuser_leave(user);
	return rc;
}

/* Does it for one storage, as its owner.  Returns a status. */
static int
do_storage(struct storage *s, int (*fn)(struct at *))
{
	struct run_owner owner = {0};
	const struct child_user *user;
	struct at at = {s, -1, false};
	struct stat st;
	int rc = PROG_FAILED;

	/* One of the site's that is elsewhere: no restore of ours was there. */
	if (s->dir == NULL)
		return PROG_DONE;
	if (s->fd == -1) {
		warnx("%s: %s", s->name, s->trouble);
		return PROG_FAILED;
	}
	if (fstat(s->fd, &st) == -1) {
		warn("%s", s->dir);
		return PROG_FAILED;
	}
	if (run_as(&owner, &st, &user) == -1)
		return PROG_FAILED;
	asuser_enter(user);
	at.gitaly = kept_open(s->fd, 0);
	asuser_leave(user);
	if (at.gitaly != -1)
		rc = do_gitaly(&at, user, fn);
	else if (errno == ENOENT)
		rc = PROG_DONE;
	else
		warn("%s/" KEPT_PARENT, s->dir);
	if (at.gitaly != -1)
		close(at.gitaly);
	run_owner_free(&owner);
	return rc;
}

static int
do_storages(
    struct storages *l, const struct site_where *where, int (*fn)(struct at *))
{
	struct site *site;
	int rc = PROG_DONE;
	size_t i;

	if (l->n == 0) {
		site = site_read(where);
		if (site == NULL)
			return PROG_FAILED;
		storages_add_site(l, site);
		site_free(site);
	}
	asuser_start();
	for (i = 0; i < l->n; i++)
		rc = prog_worse(rc, do_storage(l->v[i], fn));
	return rc;
}

int
former_rollback(struct storages *l, const struct site_where *where)
{
	return do_storages(l, where, roll_all_back);
}

int
former_discard(struct storages *l, const struct site_where *where)
{
	return do_storages(l, where, discard_all);
}
