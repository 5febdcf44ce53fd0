/* Moving entries from one directory to another, and removing whole trees. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tar/move.h"

#define NOTE "mode" /* a symbolic link to "MODE NAME": made in one step */

int
move_entry(int from, const char *name, int to, const char *as)
{
	struct stat st;

	if (renameat2(from, name, to, as, RENAME_NOREPLACE) == 0)
		return 0;
	/* Networks' file systems do not know the flag. */
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	if (fstatat(to, as, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		return -1;
	}
	return errno == ENOENT ? renameat(from, name, to, as) : -1;
}

static int
set_mode(int dirfd, const char *name, mode_t mode)
{
	return fchmodat(dirfd, name, mode & 07777, AT_SYMLINK_NOFOLLOW);
}

static int
write_note(int note, mode_t mode, const char *name)
{
	char text[NAME_MAX + 16];

	snprintf(text, sizeof(text), "%o %s", mode & 07777, name);
	return symlinkat(text, note, NOTE);
}

int
move_own_dir(int from, const char *name, int to, const char *as, int note)
{
	struct stat st;
	int rc, saved;

	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return -1;
	if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() ||
	    (st.st_mode & S_IWUSR) != 0) {
		errno = EACCES;
		return -1;
	}
	if (note != -1 && write_note(note, st.st_mode, name) == -1)
		return -1;
	rc = set_mode(from, name, st.st_mode | S_IRWXU);
	if (rc == 0)
		rc = move_entry(from, name, to, as);
	saved = errno;
	if (rc == 0)
		rc = set_mode(to, as, st.st_mode);
	else
		set_mode(from, name, st.st_mode);
	if (note != -1)
		unlinkat(note, NOTE, 0);
	errno = saved;
	return rc;
}

int
move_mend(int note, int from, int to)
{
	char text[NAME_MAX + 16], *name;
	unsigned long mode;
	ssize_t n;

	n = readlinkat(note, NOTE, text, sizeof(text) - 1);
	if (n == -1)
		return errno == ENOENT ? 0 : -1;
	text[n] = '\0';
	mode = strtoul(text, &name, 8);
	if (*name++ != ' ' || strchr(name, '/') != NULL) {
		errno = EINVAL;
		return -1;
	}
	if (set_mode(from, name, (mode_t)mode) == -1 &&
	    (errno != ENOENT || set_mode(to, name, (mode_t)mode) == -1))
		return -1;
	return unlinkat(note, NOTE, 0);
}

/* A stream of its own over the directory fd, or NULL with errno. */
static DIR *
open_stream(int fd)
{
	int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d;

	if (copy == -1)
		return NULL;
	d = fdopendir(copy);
	if (d == NULL)
		close(copy);
	return d;
}

/* The next name that is not "." or "..", or NULL with errno (0: the end). */
static const char *
next_name(DIR *d)
{
	struct dirent *e;

	do {
		errno = 0;
		e = readdir(d);
	} while (e != NULL &&
	    (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0));
	return e != NULL ? e->d_name : NULL;
}

/* Once through the directory.  Returns how many moved, or -1. */
static int
pass(int dirfd, move_fn *fn, void *arg, bool *failed)
{
	DIR *d = open_stream(dirfd);
	int rc = 0, moved = 0, saved;
	const char *name;

	if (d == NULL) {
		*failed = true;
		return -1;
	}
	while (rc != -1 && (name = next_name(d)) != NULL) {
		rc = fn(arg, name);
		if (rc == 1)
			moved = 1;
	}
	saved = errno;
	closedir(d);
	errno = saved;
	if (rc == -1)
		return -1;
	*failed = saved != 0;
	return *failed ? -1 : moved;
}

int
move_each(int dirfd, move_fn *fn, void *arg, bool *failed)
{
	int rc;

	*failed = false;
	/* What readdir(3) says of a directory that changes is not certain. */
	do
		rc = pass(dirfd, fn, arg, failed);
	while (rc == 1);
	return rc;
}

/*
 * Trees are removed without walking down: a directory in a directory that is
 * not empty moves up to the top, under a number, and has its turn there.
 */
struct remover {
	int top;
	unsigned long next; /* the number to try */
	int error; /* the first errno */
};

static void
note_error(struct remover *r)
{
	if (r->error == 0)
		r->error = errno;
}

/* Gives us the right to empty and to move a directory of ours. */
static void
unlock(int dirfd, const char *name)
{
	if (geteuid() != 0)
		set_mode(dirfd, name, S_IRWXU);
}

static int
lift(struct remover *r, int from, const char *name)
{
	char as[32];
	int rc;

	unlock(from, name);
	do {
		snprintf(as, sizeof(as), "%lu", r->next++);
		rc = move_entry(from, name, r->top, as);
	} while (rc == -1 && errno == EEXIST);
	return rc;
}

/* 0: it is gone; -1 with errno: ENOTEMPTY if it is a directory with more. */
static int
remove_plain(int dirfd, const char *name)
{
	if (unlinkat(dirfd, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -1;
	if (unlinkat(dirfd, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	if (errno == EEXIST)
		errno = ENOTEMPTY;
	return -1;
}

struct emptying {
	struct remover *r;
	int fd;
};

static int
remove_or_lift(void *arg, const char *name)
{
	struct emptying *e = arg;

	if (remove_plain(e->fd, name) == 0)
		return 1;
	if (errno == ENOTEMPTY && lift(e->r, e->fd, name) == 0)
		return 1;
	note_error(e->r);
	return 0;
}

static void
each(struct remover *r, int fd, move_fn *fn, void *arg)
{
	bool failed;

	move_each(fd, fn, arg, &failed);
	if (failed)
		note_error(r);
}

static int
remove_top(void *arg, const char *name)
{
	struct emptying e = {arg, -1};
	int fd;

	if (remove_plain(e.r->top, name) == 0)
		return 1;
	if (errno != ENOTEMPTY) {
		note_error(e.r);
		return 0;
	}
	unlock(e.r->top, name);
	fd = openat(
	    e.r->top, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1) {
		note_error(e.r);
		return 0;
	}
	e.fd = fd;
	each(e.r, fd, remove_or_lift, &e);
	close(fd);
	if (unlinkat(e.r->top, name, AT_REMOVEDIR) == 0)
		return 1;
	note_error(e.r);
	return 0;
}

int
move_remove_all(int dirfd)
{
	struct remover r = {dirfd, 0, 0};

	each(&r, dirfd, remove_top, &r);
	errno = r.error;
	return r.error == 0 ? 0 : -1;
}
