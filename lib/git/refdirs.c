/* Whether git sees every reference that lies in a file of its own. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>
#include <sys/syscall.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "git/refdirs.h"
#include "git/special.h"

#define FILES_MAX (1 << 20) /* bytes of names that are remembered */

/*
 * Root opens everything, so that for another user only the mode can tell.  An
 * access control list that gives more than the mode is not asked for.
 */
static bool
may_read(const struct child_user *u, const struct stat *st)
{
	size_t i;

	if (u == NULL)
		return true;
	if (st->st_uid == u->uid)
		return (st->st_mode & S_IRUSR) != 0;
	if (st->st_gid == u->gid)
		return (st->st_mode & S_IRGRP) != 0;
	for (i = 0; i < u->n_groups; i++)
		if (st->st_gid == u->groups[i])
			return (st->st_mode & S_IRGRP) != 0;
	return (st->st_mode & S_IROTH) != 0;
}

/*
 * The directory that is being looked at.  Those still to be looked at wait in
 * todo, and each is opened by its whole path: a reference may have a thousand
 * components, for which there are no descriptors.
 */
struct walk {
	const struct child_user *user;
	int repo;
	struct buf path;
	struct buf todo; /* paths, each with a NUL */
	struct refdirs *found;
	const char *bad; /* what is wrong with path; NULL: see errno */
};

/* Notes an entry of the directory fd.  Returns 0, or -1 with w->bad set. */
static int
note(struct walk *w, int fd, const struct dirent *e)
{
	bool dir = e->d_type == DT_DIR, file = e->d_type == DT_REG;
	struct stat st;

	/* What git passes over: it cannot be a reference's name. */
	if (*e->d_name == '.' || text_ends(e->d_name, ".lock"))
		return 0;
	if (e->d_type == DT_UNKNOWN &&
	    fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		dir = S_ISDIR(st.st_mode);
		file = S_ISREG(st.st_mode);
	}
	if (dir) {
		buf_printf(&w->todo, "%s/%s", w->path.data, e->d_name);
		buf_putc(&w->todo, '\0');
		return 0;
	}
	if (file && w->found->files.len < FILES_MAX) {
		buf_printf(&w->found->files, "%s/%s", w->path.data, e->d_name);
		buf_putc(&w->found->files, '\0');
		return 0;
	}
	w->found->odd = true;
	if (file)
		return 0;
	w->bad = special_bad(fd, e->d_name, false);
	if (w->bad == NULL)
		return 0;
	buf_printf(&w->path, "/%s", e->d_name);
	return -1;
}

/* Notes what is in the directory fd, which it closes. */
static int
walk_entries(struct walk *w, int fd)
{
	struct dirent *e;
	DIR *d = fdopendir(fd);
	int saved;

	if (d == NULL) {
		close(fd);
		return -1;
	}
	while ((errno = 0, e = readdir(d)) != NULL && note(w, fd, e) == 0)
		;
	saved = errno;
	closedir(d);
	errno = saved;
	return e == NULL && saved == 0 ? 0 : -1;
}

/* Opens path below dirfd, through no link on its way. */
static int
open_beneath(int dirfd, const char *path, unsigned int flags)
{
	struct open_how how = {.flags = flags | O_RDONLY | O_CLOEXEC,
	    .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};

	return (int)syscall(SYS_openat2, dirfd, path, &how, sizeof(how));
}

int
refdirs_open(
    int dirfd, const char *path, const struct child_user *user, struct stat *st)
{
	int fd = open_beneath(dirfd, path, O_NONBLOCK | O_NOCTTY);

	if (fd == -1)
		return -1;
	if (fstat(fd, st) == 0 && S_ISREG(st->st_mode) && may_read(user, st))
		return fd;
	close(fd);
	errno = EACCES;
	return -1;
}

/* Returns 0, or -1 with w->path naming what is wrong, by w->bad or errno. */
static int
walk(struct walk *w)
{
	struct stat st;
	int fd;

	fd = open_beneath(w->repo, w->path.data, O_DIRECTORY);
	if (fd == -1) {
		/* No directory after all, or gone again: git will see. */
		w->found->odd = true;
		if (errno == ELOOP)
			w->bad = "a symbolic link";
		return errno == ENOENT || errno == ENOTDIR ? 0 : -1;
	}
	if (fstat(fd, &st) == 0 && may_read(w->user, &st))
		return walk_entries(w, fd);
	close(fd);
	errno = EACCES;
	return -1;
}

/* Takes the last path out of todo.  Returns 0 if there is none. */
static int
next_path(struct walk *w)
{
	size_t start;

	if (w->todo.len == 0)
		return 0;
	for (start = w->todo.len - 1; start > 0; start--)
		if (w->todo.data[start - 1] == '\0')
			break;
	buf_reset(&w->path);
	buf_puts(&w->path, w->todo.data + start);
	w->todo.len = start;
	return 1;
}

int
refdirs_check(int dirfd, const struct child_user *user, struct refdirs *found,
    struct buf *why)
{
	struct walk w = {.user = user, .repo = dirfd, .found = found};
	int rc = 0;

	buf_add(&w.todo, "refs", sizeof("refs"));
	while (rc == 0 && next_path(&w))
		rc = walk(&w);
	if (rc == -1)
		buf_printf(why, "%s: %s", w.path.data,
		    w.bad != NULL ? w.bad : strerror(errno));
	buf_free(&w.path);
	buf_free(&w.todo);
	return rc;
}
