/* Whether git sees every reference that lies in a file of its own. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "git/refdirs.h"

/*
 * Root opens everything, so that for another user only the mode can tell.  An
 * access control list that gives more than the mode is not asked for.
 */
static bool
may_list(const struct child_user *u, const struct stat *st)
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

/* The directory that is being looked at. */
struct walk {
	const struct child_user *user;
	struct buf path;
	bool files;
};

static int walk(struct walk *, int, const char *);

/* Goes through the directory fd, which it closes. */
static int
walk_entries(struct walk *w, int fd)
{
	size_t len = w->path.len;
	struct dirent *e;
	DIR *d = fdopendir(fd);
	int rc = 0, saved;

	if (d == NULL) {
		close(fd);
		return -1;
	}
	while (rc == 0 && (errno = 0, e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (e->d_type != DT_DIR && e->d_type != DT_UNKNOWN) {
			w->files = true;
			continue;
		}
		buf_printf(&w->path, "/%s", e->d_name);
		rc = walk(w, fd, e->d_name);
		if (rc == -1)
			break;
		w->path.len = len;
		w->path.data[len] = '\0';
	}
	saved = errno;
	if (rc == 0 && saved != 0)
		rc = -1;
	closedir(d);
	errno = saved;
	return rc;
}

/* Returns 0, or -1 with errno and w->path naming what cannot be listed. */
static int
walk(struct walk *w, int dirfd, const char *name)
{
	struct stat st;
	int fd;

	fd = openat(
	    dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1) {
		/* No directory after all, or gone again: git will see. */
		w->files = true;
		return errno == ENOENT || errno == ENOTDIR ? 0 : -1;
	}
	if (fstat(fd, &st) == 0 && may_list(w->user, &st))
		return walk_entries(w, fd);
	close(fd);
	errno = EACCES;
	return -1;
}

int
refdirs_check(
    int dirfd, const struct child_user *user, bool *files, struct buf *why)
{
	struct walk w = {user, {NULL, 0, 0}, false};
	int rc;

	buf_puts(&w.path, "refs");
	rc = walk(&w, dirfd, "refs");
	if (rc == -1)
		buf_printf(why, "%s: %s", w.path.data, strerror(errno));
	*files = w.files;
	buf_free(&w.path);
	return rc;
}
