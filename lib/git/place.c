/* Where a restore works on a storage: what is new, what was replaced. */
/* SPDX-License-Identifier: MIT */
#include <sys/file.h>
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/io.h"
#include "git/asuser.h"
#include "git/leftover.h"
#include "git/place.h"
#include "git/target.h"

#define ATTEMPTS 1000 /* numbers that others take at the same time */

/*
 * Makes the directory called p->name and takes its lock.  Returns 1, 0 if
 * somebody was faster in one of the steps, or -1 with errno.
 */
static int
try_dir(struct place *p)
{
	struct stat ours, named;

	if (mkdirat(p->parent, p->name, 0700) == -1)
		return errno == EEXIST ? 0 : -1;
	p->fd = openat(p->parent, p->name,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (p->fd == -1)
		return errno == ENOENT ? 0 : -1;
	p->lock = openat(
	    p->fd, PLACE_LOCK, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (p->lock == -1)
		return errno == EEXIST || errno == ENOENT ? 0 : -1;
	if (flock(p->lock, LOCK_EX | LOCK_NB) == -1)
		return errno == EWOULDBLOCK ? 0 : -1;
	/* Without its lock it may have been taken for one of the dead. */
	return fstat(p->fd, &ours) == 0 &&
	    fstatat(p->parent, p->name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	    ours.st_ino == named.st_ino;
}

static void
close_dir(struct place *p)
{
	if (p->lock != -1)
		close(p->lock);
	if (p->fd != -1)
		close(p->fd);
	p->fd = p->lock = -1;
}

/* Makes the run's directory.  Returns 0, or -1 with errno. */
static int
make_dir(struct place *p)
{
	int64_t n;
	int i, rc = 0;

	if (kept_below(p->parent, INT64_MAX, &n) == -1)
		return -1;
	for (i = 0; i < ATTEMPTS && rc == 0; i++) {
		close_dir(p);
		snprintf(
		    p->name, sizeof(p->name), KEPT_RUN "%lld", (long long)++n);
		errno = EOVERFLOW;
		rc = kept_number(p->name) == 0 ? -1 : try_dir(p);
	}
	return rc == 1 ? 0 : -1;
}

/* The part of place_open() that is the owner's.  Returns 0, or -1. */
static int
open_dir(struct place *p)
{
	int i, rc = -1;

	for (i = 0; i < ATTEMPTS && rc == -1; i++) {
		p->parent = kept_open(p->storage->fd, 1);
		if (p->parent == -1)
			return -1;
		leftover_look(p->parent, p->storage->dir);
		rc = make_dir(p);
		/* Another run has ended meanwhile, and removed "+gitaly". */
		if (rc == -1 && errno == ENOENT) {
			close(p->parent);
			p->parent = -1;
		} else if (rc == -1) {
			return -1;
		}
	}
	return rc;
}

static void
place_free(struct place *p)
{
	close_dir(p);
	if (p->parent != -1)
		close(p->parent);
	run_owner_free(&p->owner);
	free(p->path);
	free(p);
}

struct place *
place_open(struct storage *s, struct buf *why)
{
	struct place *p = xcalloc(1, sizeof(*p));
	struct stat st;
	int rc;

	p->storage = s;
	p->parent = p->fd = p->lock = -1;
	if (fstat(s->fd, &st) == -1) {
		buf_printf(why, "%s: %s", s->dir, strerror(errno));
	} else if (run_as(&p->owner, &st, &p->user) == -1) {
		buf_printf(why, "%s: its owner cannot be looked up", s->dir);
	} else {
		asuser_enter(p->user);
		rc = open_dir(p);
		asuser_leave(p->user);
		if (rc == 0) {
			kept_remove_discarded(p->parent, s->dir);
			p->path =
			    xasprintf("%s/" KEPT_PARENT "/%s", s->dir, p->name);
			return p;
		}
		buf_printf(
		    why, "%s/" KEPT_PARENT ": %s", s->dir, strerror(errno));
	}
	place_free(p);
	return NULL;
}

const char *
place_bad(const char *path)
{
	/* Names of marks are among those of a path's components. */
	return *path == '+' || strstr(path, "/+") != NULL
	    ? "has a component that starts with a plus sign"
	    : NULL;
}

int
place_list(struct place *p, const char *path)
{
	char *dir = xasprintf(PLACE_LISTED "/%s", path);
	char *mark = xasprintf("%s/+", dir);
	int fd = -1, rc;

	asuser_enter(p->user);
	rc = io_mkdirs(p->fd, dir, 0700);
	if (rc == 0)
		fd = openat(
		    p->fd, mark, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	asuser_leave(p->user);
	free(dir);
	free(mark);
	if (fd != -1)
		close(fd);
	return fd != -1 ? 1 : rc == 0 && errno == EEXIST ? 0 : -1;
}

bool
place_listed(const struct place *p, const char *path)
{
	char *mark = xasprintf(PLACE_LISTED "/%s/+", path);
	struct stat st;
	bool listed;

	/* In doubt it is: then it stays where it is. */
	listed = fstatat(p->fd, mark, &st, AT_SYMLINK_NOFOLLOW) == 0 ||
	    errno != ENOENT;
	free(mark);
	return listed;
}

int
place_clear(struct place *p, unsigned int worker)
{
	static const char *const kinds[] = {"new", "hooks", "list"};
	char name[32];
	size_t i;
	int rc = 0;

	asuser_enter(p->user);
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		snprintf(name, sizeof(name), "%u.%s", worker, kinds[i]);
		if (io_remove_tree(p->fd, name) == -1)
			rc = -1;
	}
	asuser_leave(p->user);
	return rc;
}

/* Writes N.swap, for those who find us dead. */
static int
write_swap(struct place *p, const char *name, const char *new, const char *path)
{
	struct buf text = {NULL, 0, 0};
	struct stat st;
	int fd, rc;

	if (fstatat(p->fd, new, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return -1;
	fd = openat(p->fd, name,
	    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1)
		return -1;
	buf_printf(&text, "%llu %s\n", (unsigned long long)st.st_ino, path);
	rc = io_write_all(fd, text.data, text.len);
	if (close(fd) == -1)
		rc = -1;
	buf_free(&text);
	return rc;
}

/* Exchanges new with what stands at name in parent.  Returns 0 or -1. */
static int
exchange(struct place *p, const char *new, const char *swap, int parent,
    const char *name, const char *path)
{
	char *aside = xasprintf(PLACE_REPLACED "/%s/+", path);
	int rc;

	rc = write_swap(p, swap, new, path);
	if (rc == 0)
		rc = renameat2(p->fd, new, parent, name, RENAME_EXCHANGE);
	if (rc == 0) {
		rc = leftover_move(p->fd, new, p->fd, aside);
		if (rc == -1) /* then back with it */
			renameat2(p->fd, new, parent, name, RENAME_EXCHANGE);
	}
	if (rc == 0)
		rc = unlinkat(p->fd, swap, 0);
	free(aside);
	return rc;
}

/* Puts new where nothing stands.  Returns 0, or -1 with errno. */
static int
fill(struct place *p, const char *new, int parent, const char *name,
    const char *path)
{
	char *mark = xasprintf(PLACE_MADE "/%s/+", path);
	int rc;

	/* First the mark, so that whoever undoes it misses nothing. */
	rc = leftover_mark(p->fd, mark);
	if (rc == 0) {
		rc = renameat2(p->fd, new, parent, name, RENAME_NOREPLACE);
		if (rc == -1)
			unlinkat(p->fd, mark, 0);
	}
	free(mark);
	return rc;
}

/*
 * Marks the directories on the way to path, from the one that ends at end on,
 * as made by us.  Returns 0, or -1 with errno.
 */
static int
mark_dirs(struct place *p, const char *path, const char *end)
{
	char *mark;
	int rc = 0;

	for (; rc == 0 && end != NULL; end = strchr(end + 1, '/')) {
		mark =
		    xasprintf(PLACE_MADE "/%.*s/+dir", (int)(end - path), path);
		rc = leftover_mark(p->fd, mark);
		free(mark);
	}
	return rc;
}

/*
 * Finds the place of path, and makes the directories that lead there.  They
 * are marked first, so that none is missed; marked ones that others make are
 * not removed, as long as there is something in them.  Returns as
 * target_open().
 */
static int
make_way(struct place *p, const char *path, struct target *t, struct buf *why)
{
	size_t len = why->len;

	if (target_open(p->storage->fd, path, false, t, why) == 0)
		return 0;
	if (t->cut == 0)
		return -1;
	target_close(t);
	why->data[len] = '\0';
	why->len = len;
	if (mark_dirs(p, path, path + t->cut) == -1) {
		buf_printf(why, "%s: %s", p->path, strerror(errno));
		return -1;
	}
	return target_open(p->storage->fd, path, true, t, why);
}

int
place_put(
    struct place *p, unsigned int worker, const char *path, struct buf *why)
{
	char new[32], swap[32];
	struct target t;
	int rc;

	snprintf(new, sizeof(new), "%u.new", worker);
	snprintf(swap, sizeof(swap), "%u.swap", worker);
	asuser_enter(p->user);
	rc = make_way(p, path, &t, why);
	if (rc == 0) {
		rc = t.there ? exchange(p, new, swap, t.parent, t.name, path)
			     : fill(p, new, t.parent, t.name, path);
		if (rc == -1)
			buf_printf(why, "cannot be put in its place: %s",
			    strerror(errno));
	}
	target_close(&t);
	asuser_leave(p->user);
	return rc;
}

int
place_remove(struct place *p, const char *path)
{
	char *aside = xasprintf(PLACE_REPLACED "/%s/+", path);
	struct buf why = {NULL, 0, 0};
	struct target t;
	int rc;

	asuser_enter(p->user);
	rc = target_open(p->storage->fd, path, false, &t, &why);
	if (rc == -1 || place_bad(path) != NULL) {
		errno = rc == -1 ? ENOTDIR : EINVAL;
		rc = -1;
	} else {
		rc = leftover_move(t.parent, t.name, p->fd, aside);
	}
	target_close(&t);
	asuser_leave(p->user);
	buf_free(&why);
	free(aside);
	return rc;
}

/* Notes that the run has ended, and leaves what is kept.  Returns 0 or -1. */
static int
keep_all(struct place *p)
{
	if (leftover_clean(p->fd) == -1 || leftover_end(p->fd) == -1)
		return -1;
	return unlinkat(p->fd, PLACE_LOCK, 0);
}

int
place_close(struct place *p, bool keep, bool tell)
{
	bool unchanged = leftover_unchanged(p->fd);
	int rc = 0;

	keep = keep && !unchanged;
	asuser_enter(p->user);
	if (keep)
		rc = keep_all(p);
	else if (!unchanged)
		/* The old ones go when the new ones would survive a crash. */
		rc = syncfs(p->fd);
	if (rc == 0 && !keep)
		rc = kept_discard(p->parent, p->parent, p->name);
	if (rc == -1)
		warn("%s", p->path);
	else if (keep && tell)
		warnx("%s: holds what was replaced", p->path);
	asuser_leave(p->user);
	/* As root: old repositories may hold what others have made. */
	if (rc == 0 && !keep)
		rc = kept_remove_discarded(p->parent, p->storage->dir);
	asuser_enter(p->user);
	kept_leave(p->storage->fd);
	asuser_leave(p->user);
	place_free(p);
	return rc;
}
