/* What restores left on a storage, killed ones or those that keep it. */
/* SPDX-License-Identifier: MIT */
#include <sys/file.h>
#include <sys/stat.h>

#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/io.h"
#include "base/text.h"
#include "git/kept.h"
#include "git/leftover.h"
#include "git/names.h"
#include "git/place.h"
#include "git/target.h"

#define SWAP_MAX 8192 /* bytes of N.swap */
#define ENDED "ended"
/* A pipe that somebody has put there must not make us wait. */
#define FILE_FLAGS (O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)

/* What look_entry() needs. */
struct look {
	const char *storage;
};

int
leftover_move(int from, const char *name, int to, const char *path)
{
	struct buf why = {NULL, 0, 0};
	struct target t;
	int rc;

	rc = target_find(to, path, true, &t, &why);
	if (rc == 0)
		rc = renameat2(from, name, t.parent, t.name, RENAME_NOREPLACE);
	target_close(&t);
	buf_free(&why);
	return rc;
}

int
leftover_mark(int run, const char *path)
{
	struct buf why = {NULL, 0, 0};
	struct target t;
	int fd = -1;

	if (target_find(run, path, true, &t, &why) == 0)
		fd = openat(t.parent, t.name, FILE_FLAGS | O_CREAT, 0600);
	target_close(&t);
	buf_free(&why);
	return fd == -1 ? -1 : close(fd);
}

int
leftover_take(int run, bool *made)
{
	struct stat st;
	int lock;

	*made = false;
	lock = openat(run, PLACE_LOCK, FILE_FLAGS);
	if (lock == -1 && errno == ENOENT) {
		lock = openat(
		    run, PLACE_LOCK, FILE_FLAGS | O_CREAT | O_EXCL, 0600);
		*made = lock != -1;
	}
	if (lock == -1)
		return -1;
	if (flock(lock, LOCK_EX | LOCK_NB) == 0) {
		if (fstat(lock, &st) == 0 && st.st_nlink > 0)
			return lock;
		errno = EWOULDBLOCK; /* whose it was has removed it */
	}
	close(lock);
	return -1;
}

int
leftover_end(int run)
{
	if (syncfs(run) == -1 || leftover_mark(run, ENDED) == -1)
		return -1;
	return fsync(run);
}

bool
leftover_ended(int run)
{
	struct stat st;

	return fstatat(run, ENDED, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

int
leftover_unend(int run)
{
	if (unlinkat(run, ENDED, 0) == -1)
		return errno == ENOENT ? 0 : -1;
	return fsync(run);
}

/* Reads N.swap.  Returns 0 or -1. */
static int
read_swap(int run, const char *swap, struct buf *text)
{
	struct stat st;
	int fd, rc = -1;

	fd = openat(run, swap, FILE_FLAGS);
	if (fd == -1)
		return -1;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		rc = io_read_all(fd, text, SWAP_MAX);
	close(fd);
	return rc;
}

/* The path that N.swap names if that exchange has been made, else NULL. */
static char *
swapped(int fd, const char *swap, const char *new)
{
	struct buf text = {NULL, 0, 0};
	char *path, *found = NULL;
	unsigned long long inode;
	struct stat st;

	/* Cut off in the middle: then nothing was exchanged yet. */
	if (read_swap(fd, swap, &text) == -1 || text.len == 0 ||
	    text.data[text.len - 1] != '\n')
		goto out;
	text.data[text.len - 1] = '\0';
	inode = strtoull(text.data, &path, 10);
	if (*path == ' ' && names_bad_path(path + 1) == NULL &&
	    fstatat(fd, new, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    st.st_ino != inode)
		found = xasprintf(PLACE_REPLACED "/%s/+", path + 1);
out:
	buf_free(&text);
	return found;
}

/* If N.swap tells so, N.new is one that was replaced. */
static int
finish_swap(int fd, const char *swap, void *arg)
{
	char *new, *path;
	int rc = 0;

	(void)arg;
	if (!text_ends(swap, ".swap"))
		return 0;
	new = xasprintf("%.*s.new", (int)(strlen(swap) - 5), swap);
	path = swapped(fd, swap, new);
	if (path != NULL)
		rc = leftover_move(fd, new, fd, path);
	free(path);
	free(new);
	return rc;
}

static int
remove_working(int fd, const char *name, void *arg)
{
	(void)arg;
	if (!isdigit((unsigned char)*name) && strcmp(name, PLACE_LISTED) != 0)
		return 0;
	return io_remove_tree(fd, name);
}

int
leftover_finish(int run)
{
	return kept_each(run, finish_swap, NULL);
}

int
leftover_clean(int run)
{
	return kept_each(run, remove_working, NULL);
}

int
leftover_unchanged(int run)
{
	struct stat st;

	return fstatat(run, PLACE_REPLACED, &st, AT_SYMLINK_NOFOLLOW) == -1 &&
	    errno == ENOENT &&
	    fstatat(run, PLACE_MADE, &st, AT_SYMLINK_NOFOLLOW) == -1 &&
	    errno == ENOENT;
}

/* Looks after the run's directory fd, which is called name below gitaly. */
static void
look_at(int gitaly, int fd, const char *name, const char *storage)
{
	int lock;

	if (leftover_ended(fd))
		return;
	lock = openat(fd, PLACE_LOCK, FILE_FLAGS);
	/* None: it begins just now, or it has been told of. */
	if (lock == -1)
		return;
	if (flock(lock, LOCK_EX | LOCK_NB) == -1)
		goto out;
	if (leftover_finish(fd) == -1 || leftover_clean(fd) == -1) {
		warn("%s/" KEPT_PARENT "/%s", storage, name);
	} else if (leftover_unchanged(fd)) {
		if (kept_discard(gitaly, gitaly, name) == -1)
			warn("%s/" KEPT_PARENT "/%s", storage, name);
	} else {
		unlinkat(fd, PLACE_LOCK, 0);
		warnx("%s/" KEPT_PARENT "/%s: holds what a restore that was "
		      "killed has replaced",
		    storage, name);
	}
out:
	close(lock);
}

static int
look_entry(int gitaly, const char *name, void *arg)
{
	const struct look *l = arg;
	int fd;

	if (kept_number(name) == 0)
		return 0;
	fd = openat(
	    gitaly, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return 0;
	look_at(gitaly, fd, name, l->storage);
	close(fd);
	return 0;
}

void
leftover_look(int gitaly, const char *storage)
{
	struct look l = {storage};

	kept_each(gitaly, look_entry, &l);
}
