/* What restores that were killed left on a storage. */
/* SPDX-License-Identifier: MIT */
#include <sys/file.h>
#include <sys/stat.h>

#include <ctype.h>
#include <dirent.h>
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
#include "git/leftover.h"
#include "git/names.h"
#include "git/place.h"

#define SWAP_MAX 8192 /* bytes of N.swap */

int
leftover_move(int from, const char *name, int to, const char *path)
{
	char *parent = xstrdup(path), *slash = strrchr(parent, '/');
	int rc = 0;

	if (slash != NULL) {
		*slash = '\0';
		rc = io_mkdirs(to, parent, 0700);
	}
	free(parent);
	if (rc == -1)
		return -1;
	return renameat2(from, name, to, path, RENAME_NOREPLACE);
}

/* Calls fn for every entry of the directory fd.  Returns 0 or -1. */
static int
for_entries(int fd, int (*fn)(int, const char *, void *), void *arg)
{
	int copy, saved, rc = 0;
	struct dirent *e;
	DIR *d;

	/* Not dup(2): the position would be shared. */
	copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (copy == -1)
		return -1;
	d = fdopendir(copy);
	if (d == NULL) {
		close(copy);
		return -1;
	}
	while ((errno = 0, e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 &&
		    strcmp(e->d_name, "..") != 0 && fn(fd, e->d_name, arg))
			rc = -1;
	saved = errno;
	closedir(d);
	errno = saved;
	return saved == 0 ? rc : -1;
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
	if (io_read_file(fd, swap, &text, SWAP_MAX) == -1 || text.len == 0 ||
	    text.data[text.len - 1] != '\n')
		goto out;
	text.data[text.len - 1] = '\0';
	inode = strtoull(text.data, &path, 10);
	if (*path == ' ' && names_bad_path(path + 1) == NULL &&
	    fstatat(fd, new, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    st.st_ino != inode)
		found = xasprintf(PLACE_REPLACED "/%s", path + 1);
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
leftover_clean(int fd)
{
	return for_entries(fd, remove_working, NULL);
}

int
leftover_unchanged(int fd)
{
	struct stat st;

	return fstatat(fd, PLACE_REPLACED, &st, AT_SYMLINK_NOFOLLOW) == -1 &&
	    errno == ENOENT &&
	    fstatat(fd, PLACE_MADE, &st, AT_SYMLINK_NOFOLLOW) == -1 &&
	    errno == ENOENT;
}

/* Looks after the run's directory fd, which is called name below gitaly. */
static void
look_at(int gitaly, int fd, const char *name, const char *storage)
{
	int lock;

	lock = openat(fd, "lock", O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	/* None: it ended, and what it replaced is kept on purpose. */
	if (lock == -1)
		return;
	if (flock(lock, LOCK_EX | LOCK_NB) == -1)
		goto out;
	if (for_entries(fd, finish_swap, NULL) == -1 ||
	    leftover_clean(fd) == -1) {
		warn("%s/+gitaly/%s", storage, name);
	} else if (leftover_unchanged(fd)) {
		if (io_remove_tree(gitaly, name) == -1)
			warn("%s/+gitaly/%s", storage, name);
	} else {
		unlinkat(fd, "lock", 0);
		warnx("%s/+gitaly/%s: holds what a restore that was killed "
		      "has replaced",
		    storage, name);
	}
out:
	close(lock);
}

/* What look_entry() needs. */
struct look {
	const char *storage;
};

static int
look_entry(int gitaly, const char *name, void *arg)
{
	const struct look *l = arg;
	int fd;

	if (!text_starts(name, LEFTOVER_NAME))
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

	for_entries(gitaly, look_entry, &l);
}
