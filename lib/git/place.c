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

#define PARENT "+gitaly"
#define ATTEMPTS 1000 /* names that the dead with our number may have left */
#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

/* Makes the run's directory below parent.  Returns 0, or -1 with errno. */
static int
make_dir(struct place *p, int parent)
{
	char *name;
	int i, rc = -1;

	errno = EEXIST;
	for (i = 0; i < ATTEMPTS && rc == -1 && errno == EEXIST; i++) {
		free(p->name);
		p->name = i == 0
		    ? xasprintf(PARENT "/" LEFTOVER_NAME "%ld", (long)getpid())
		    : xasprintf(
			  PARENT "/" LEFTOVER_NAME "%ld-%d", (long)getpid(), i);
		name = p->name + strlen(PARENT "/");
		rc = mkdirat(parent, name, 0700);
	}
	if (rc == -1)
		return -1;
	p->fd = openat(parent, p->name + strlen(PARENT "/"), DIR_FLAGS);
	if (p->fd == -1)
		return -1;
	p->lock =
	    openat(p->fd, "lock", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return p->lock == -1 ? -1 : flock(p->lock, LOCK_EX | LOCK_NB);
}

/* The part of place_open() that is the owner's.  Returns 0, or -1. */
static int
open_dir(struct place *p)
{
	int parent, rc = -1, saved;

	p->made_parent = mkdirat(p->storage->fd, PARENT, 0700) == 0;
	if (!p->made_parent && errno != EEXIST)
		return -1;
	parent = openat(p->storage->fd, PARENT, DIR_FLAGS);
	if (parent == -1)
		return -1;
	leftover_look(parent, p->storage->dir);
	rc = make_dir(p, parent);
	saved = errno;
	close(parent);
	errno = saved;
	return rc;
}

static void
place_free(struct place *p)
{
	if (p->lock != -1)
		close(p->lock);
	if (p->fd != -1)
		close(p->fd);
	run_owner_free(&p->owner);
	free(p->name);
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
	p->fd = p->lock = -1;
	if (fstat(s->fd, &st) == -1) {
		buf_printf(why, "%s: %s", s->dir, strerror(errno));
	} else if (run_as(&p->owner, &st, &p->user) == -1) {
		buf_printf(why, "%s: its owner cannot be looked up", s->dir);
	} else {
		asuser_enter(p->user);
		rc = open_dir(p);
		asuser_leave(p->user);
		if (rc == 0) {
			p->path = xasprintf("%s/%s", s->dir, p->name);
			return p;
		}
		buf_printf(why, "%s/" PARENT ": %s", s->dir, strerror(errno));
	}
	place_free(p);
	return NULL;
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

char *
place_path(const struct place *p, unsigned int worker, const char *kind)
{
	return xasprintf("%s/%u.%s", p->path, worker, kind);
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
	char *aside = xasprintf(PLACE_REPLACED "/%s", path);
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
	char *mark = xasprintf(PLACE_MADE "/%s", path);
	int rc;

	/* First the mark, so that whoever undoes it misses nothing. */
	rc = io_mkdirs(p->fd, mark, 0700);
	if (rc == 0) {
		rc = renameat2(p->fd, new, parent, name, RENAME_NOREPLACE);
		if (rc == -1)
			unlinkat(p->fd, mark, AT_REMOVEDIR);
	}
	free(mark);
	return rc;
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
	rc = target_open(p->storage->fd, path, true, &t, why);
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
	char *aside = xasprintf(PLACE_REPLACED "/%s", path);
	struct buf why = {NULL, 0, 0};
	struct target t;
	int rc;

	asuser_enter(p->user);
	rc = target_open(p->storage->fd, path, false, &t, &why);
	if (rc == -1)
		errno = ENOTDIR;
	else
		rc = leftover_move(t.parent, t.name, p->fd, aside);
	target_close(&t);
	asuser_leave(p->user);
	buf_free(&why);
	free(aside);
	return rc;
}

/* Removes the directory of the run.  Returns 0, or -1 with errno. */
static int
remove_all(struct place *p)
{
	/* As root: old repositories may hold what others have made. */
	if (io_remove_tree(p->storage->fd, p->name) == -1)
		return -1;
	if (p->made_parent)
		unlinkat(p->storage->fd, PARENT, AT_REMOVEDIR);
	return 0;
}

int
place_close(struct place *p, bool keep, bool tell)
{
	int rc = 0;

	if (leftover_unchanged(p->fd)) {
		rc = remove_all(p);
	} else if (keep) {
		asuser_enter(p->user);
		rc = leftover_clean(p->fd);
		if (rc == 0)
			rc = unlinkat(p->fd, "lock", 0);
		asuser_leave(p->user);
		if (tell)
			warnx("%s: holds what was replaced", p->path);
	} else {
		/* The old ones go when the new ones would survive a crash. */
		rc = syncfs(p->fd);
		if (rc == 0)
			rc = remove_all(p);
	}
	if (rc == -1)
		warn("%s", p->path);
	place_free(p);
	return rc;
}
