/* The directory W that what replaces DIR, and what was replaced, lie in. */
/* SPDX-License-Identifier: MIT */
#include <sys/file.h>
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/prog.h"
#include "base/text.h"
#include "tar/move.h"
#include "tar/name.h"
#include "tar/top.h"
#include "tar/work.h"

#define LOCK "lock"
#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_CLOEXEC)
#define OWN_FLAGS (DIR_FLAGS | O_NOFOLLOW)

static const char *const names[] = {
    [WORK_NONE] = "",
    [WORK_NEW] = "new",
    [WORK_OUT] = "out",
    [WORK_IN] = "in",
    [WORK_DONE] = "done",
    [WORK_GONE] = "gone",
};

static int
complain(struct work *w, const char *path, const char *why)
{
	char *line = text_line(path);

	warnx("%s: %s", line, why);
	free(line);
	w->status = PROG_FAILED;
	return -1;
}

int
work_refuse(struct work *w, const char *why)
{
	return complain(w, w->shown, why);
}

int
work_fail(struct work *w, const char *name)
{
	const char *why = errno == EXDEV && w->top == -1
	    ? "another user's link to what is not that user's"
	    : strerror(errno);
	struct buf path = {NULL, 0, 0};

	buf_puts(&path, w->dir);
	if (*name != '\0' && !text_ends(w->dir, "/"))
		buf_putc(&path, '/');
	buf_puts(&path, name);
	complain(w, path.data, why);
	buf_free(&path);
	return -1;
}

int
work_fail_self(struct work *w)
{
	return complain(w, w->shown, strerror(errno));
}

const char *
work_stage_name(enum work_stage stage)
{
	return names[stage];
}

int
work_sync(int fd)
{
	if (fsync(fd) == 0)
		return 0;
	/* Some file systems know no fsync(2) of directories. */
	return errno == EINVAL ? syncfs(fd) : -1;
}

/* Is it what is called name in dirfd that is open as fd? */
static bool
is_called(int dirfd, const char *name, int fd)
{
	struct stat a, b;

	return fstatat(dirfd, name, &a, AT_SYMLINK_NOFOLLOW) == 0 &&
	    fstat(fd, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static void
name_base(struct work *w, const char *path)
{
	const char *slash = strrchr(path, '/');

	w->base = xstrdup(slash != NULL ? slash + 1 : path);
}

/* The path of DIR that it was given, if that tells where it lies. */
static void
choose_path(struct work *w, const char *real)
{
	struct stat st;
	const char *slash;

	slash = strrchr(w->path, '/');
	if (strcmp(slash != NULL ? slash + 1 : w->path, w->base) == 0 &&
	    lstat(w->path, &st) == 0 && S_ISDIR(st.st_mode))
		return;
	free(w->path);
	w->path = xstrdup(real);
}

/* Where DIR really lies.  Not found is no failure: W lies in DIR then. */
static void
find_parent(struct work *w)
{
	char *real = realpath(w->dir, NULL);

	if (real == NULL)
		return;
	name_base(w, real);
	choose_path(w, real);
	if (*w->base != '\0')
		w->parent = openat(w->top, "..", DIR_FLAGS);
	if (w->parent != -1 && !is_called(w->parent, w->base, w->top)) {
		close(w->parent);
		w->parent = -1;
	}
	free(real);
}

/* mkdir -p, which remembers what it made. */
static int
make_parents(struct work *w, const char *path)
{
	char *part = xstrdup(path), *p;
	int rc = 0;
	char was;

	for (p = part + 1; rc == 0 && *part != '\0'; p++) {
		if (*p != '/' && *p != '\0')
			continue;
		was = *p;
		*p = '\0';
		rc = mkdir(part, 0777);
		if (rc == 0)
			list_add(&w->made, part);
		else if (errno == EEXIST)
			rc = 0;
		*p = was;
		if (was == '\0')
			break;
	}
	free(part);
	return rc;
}

/* There is no DIR. */
static int
open_missing(struct work *w, bool make)
{
	char *path = xstrdup(w->path), *slash;
	const char *parent = ".";
	struct stat st;
	int rc = 0;

	/* A link that leads nowhere is no missing directory. */
	if (lstat(path, &st) == 0) {
		errno = ENOENT;
		rc = -1;
	}
	name_base(w, path);
	slash = strrchr(path, '/');
	if (slash != NULL) {
		slash[slash == path] = '\0';
		parent = path;
	}
	if (rc == 0 && make)
		rc = make_parents(w, parent);
	if (rc == 0)
		w->parent = tar_top_open(parent);
	if (rc == 0 && w->parent == -1 && (make || errno != ENOENT))
		rc = -1;
	if (rc == -1)
		work_fail(w, "");
	free(path);
	return rc;
}

int
work_open(struct work *w, const char *dir, bool make)
{
	size_t n = strlen(dir);

	memset(w, 0, sizeof(*w));
	w->dir = dir;
	while (n > 1 && dir[n - 1] == '/')
		n--;
	w->path = xstrndup(dir, n);
	w->parent = w->at = w->fd = w->lock = -1;
	w->status = PROG_DONE;
	w->top = tar_top_open(dir);
	if (w->top != -1) {
		find_parent(w);
		return 0;
	}
	return errno == ENOENT ? open_missing(w, make) : work_fail(w, "");
}

/* From now on W is beside DIR, or in it. */
static void
place(struct work *w, bool beside)
{
	free(w->shown);
	free(w->name);
	w->at = beside ? w->parent : w->top;
	w->name = xasprintf("%s%s", beside ? w->base : "", TAR_RESERVED);
	w->shown = xasprintf("%s%s%s", w->path,
	    beside || text_ends(w->path, "/") ? "" : "/", TAR_RESERVED);
}

static void
let_go(struct work *w)
{
	if (w->fd != -1)
		close(w->fd);
	if (w->lock != -1)
		close(w->lock);
	w->fd = w->lock = -1;
}

static int
locked(struct work *w)
{
	work_refuse(w, "another run holds the lock");
	w->status = PROG_LOCKED;
	return -1;
}

/*
 * Whoever has removed W has unlinked the lock before: then there is nothing
 * to lock any more, or it is the lock of nothing.  1; 0: so it was; -1.
 */
static int
take_lock(struct work *w)
{
	w->lock = openat(w->fd, LOCK,
	    O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	if (w->lock == -1)
		return errno == ENOENT ? 0 : work_fail_self(w);
	if (flock(w->lock, LOCK_EX | LOCK_NB) == -1)
		return errno == EWOULDBLOCK ? locked(w) : work_fail_self(w);
	return is_called(w->at, w->name, w->fd) &&
	    is_called(w->fd, LOCK, w->lock);
}

/* 1, 0 if it is not there, -1. */
static int
try_open(struct work *w, bool beside)
{
	struct stat st;
	int rc;

	if ((beside ? w->parent : w->top) == -1)
		return 0;
	place(w, beside);
	do {
		let_go(w);
		w->fd = openat(w->at, w->name, OWN_FLAGS);
		if (w->fd == -1)
			return errno == ENOENT ? 0 : work_fail_self(w);
		if (fstat(w->fd, &st) == -1)
			return work_fail_self(w);
		/* Else who may write beside DIR could tell root what to do. */
		if (st.st_uid != geteuid())
			return complain(w, w->shown, "is another user's");
		rc = take_lock(w);
	} while (rc == 0);
	return rc;
}

int
work_find(struct work *w)
{
	int rc = try_open(w, true);

	return rc != 0 ? rc : try_open(w, false);
}

/* Can entries be renamed from one of the directories to the other? */
static bool
same_mount(int a, int b)
{
	struct statx x, y;

	if (statx(a, "", AT_EMPTY_PATH, STATX_MNT_ID, &x) == -1 ||
	    statx(b, "", AT_EMPTY_PATH, STATX_MNT_ID, &y) == -1)
		return false;
	return x.stx_dev_major == y.stx_dev_major &&
	    x.stx_dev_minor == y.stx_dev_minor && x.stx_mnt_id == y.stx_mnt_id;
}

static void
set_time(int fd, const struct stat *st)
{
	const struct timespec times[2] = {{0, UTIME_OMIT}, st->st_mtim};

	/* Who may not do that changes the time by writing there. */
	futimens(fd, times);
}

int
work_make(struct work *w)
{
	bool beside =
	    w->parent != -1 && (w->top == -1 || same_mount(w->parent, w->top));
	struct stat st;
	int rc = -1;

	if (beside) {
		place(w, true);
		rc = mkdirat(w->at, w->name, 0700);
		beside = rc == 0 || errno == EEXIST || w->top == -1;
	}
	if (!beside) {
		place(w, false);
		rc = fstat(w->at, &st);
		if (rc == 0)
			rc = mkdirat(w->at, w->name, 0700);
		if (rc == 0)
			set_time(w->at, &st);
	}
	if (rc == -1 && errno != EEXIST)
		return work_fail_self(w);
	if (work_sync(w->at) == -1)
		return work_fail_self(w);
	/* If another run has made it, or has taken it away: its turn. */
	rc = try_open(w, beside);
	return rc == 1 ? 0 : rc == 0 ? locked(w) : -1;
}

static bool
exists(int dirfd, const char *name)
{
	struct stat st;

	return fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static int
not_understood(struct work *w)
{
	return complain(w, w->shown, "is not what a restore has left");
}

int
work_stage(struct work *w)
{
	enum work_stage s, found = WORK_NONE;

	for (s = WORK_NEW; s <= WORK_GONE; s++) {
		if (!exists(w->fd, names[s]))
			continue;
		if (found != WORK_NONE)
			return not_understood(w);
		found = s;
	}
	return (int)found;
}

int
work_step(struct work *w, enum work_stage from, enum work_stage to)
{
	if (move_entry(w->fd, names[from], w->fd, names[to]) == -1 ||
	    work_sync(w->fd) == -1)
		return work_fail_self(w);
	return 0;
}

/* Removes an entry of W.  0, or -1 with errno. */
static int
remove_entry(struct work *w, const char *name)
{
	int fd, rc, saved;

	if (unlinkat(w->fd, name, 0) == 0 || errno == ENOENT)
		return 0;
	fd = openat(w->fd, name, OWN_FLAGS);
	if (fd == -1)
		return -1;
	rc = move_remove_all(fd);
	saved = errno;
	close(fd);
	errno = saved;
	return rc == -1 ? -1 : unlinkat(w->fd, name, AT_REMOVEDIR);
}

/* All but the lock and what tells the stage, which go last. */
static int
remove_most(void *arg, const char *name)
{
	struct work *w = arg;

	if (strcmp(name, LOCK) == 0 || strcmp(name, names[WORK_GONE]) == 0)
		return 0;
	if (!exists(w->fd, names[WORK_GONE]))
		return not_understood(w);
	return remove_entry(w, name) == 0 ? 1 : work_fail_self(w);
}

int
work_drop(struct work *w)
{
	struct stat st;
	bool failed;

	if (move_each(w->fd, remove_most, w, &failed) == -1)
		return failed ? work_fail_self(w) : -1;
	if (remove_entry(w, names[WORK_GONE]) == -1)
		return work_fail_self(w);
	if (w->at == w->top && fstat(w->top, &st) == -1)
		return work_fail_self(w);
	unlinkat(w->fd, LOCK, 0);
	/* Not empty: another run was faster, and W is its own now. */
	if (unlinkat(w->at, w->name, AT_REMOVEDIR) == -1 &&
	    errno != ENOTEMPTY && errno != EEXIST)
		return work_fail_self(w);
	if (w->at == w->top)
		set_time(w->top, &st);
	let_go(w);
	return 0;
}

void
work_unmake_parents(struct work *w)
{
	size_t i;

	for (i = w->made.n; i-- > 0;)
		rmdir(w->made.v[i]);
}

void
work_close(struct work *w)
{
	let_go(w);
	if (w->top != -1)
		close(w->top);
	if (w->parent != -1)
		close(w->parent);
	free(w->path);
	free(w->base);
	free(w->name);
	free(w->shown);
	list_free(&w->made);
}
