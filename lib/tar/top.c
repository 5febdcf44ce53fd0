/* Opening the directory that becomes an archive. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "tar/top.h"

#define LINKS_MAX 40 /* as the kernel has it */

struct way {
	int fd; /* where we are */
	struct buf rest; /* the path from there */
	uid_t owner; /* of the last link that was not root's; or 0 */
	int links;
};

/* Goes to the directory fd. */
static int
go(struct way *w, int fd)
{
	int saved = errno;

	if (w->fd != -1)
		close(w->fd);
	w->fd = fd;
	errno = saved;
	return fd == -1 ? -1 : 0;
}

/* Puts what the link fd says before the rest of the path.  Closes fd. */
static int
follow(struct way *w, int fd, const struct stat *st, const char *rest)
{
	struct buf path = {NULL, 0, 0};
	char target[PATH_MAX];
	ssize_t n = readlinkat(fd, "", target, sizeof(target));

	close(fd);
	if (n == -1)
		return -1;
	if (++w->links > LINKS_MAX) {
		errno = ELOOP;
		return -1;
	}
	if (st->st_uid != 0)
		w->owner = st->st_uid;
	buf_add(&path, target, (size_t)n);
	buf_printf(&path, "/%s", rest);
	buf_free(&w->rest);
	w->rest = path;
	if (n > 0 && *target == '/')
		return go(w, open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
	return 0;
}

/* Takes one component of the path.  Returns 1, 0 at its end, or -1. */
static int
step(struct way *w)
{
	char *name = w->rest.data + strspn(buf_str(&w->rest), "/"), *rest;
	struct stat st;
	int fd;

	if (*name == '\0')
		return 0;
	rest = name + strcspn(name, "/");
	if (*rest != '\0')
		*rest++ = '\0';
	fd = openat(w->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return -1;
	if (fstat(fd, &st) == 0 && S_ISLNK(st.st_mode))
		return follow(w, fd, &st, rest) == -1 ? -1 : 1;
	go(w, fd);
	memmove(w->rest.data, rest, strlen(rest) + 1);
	w->rest.len = strlen(w->rest.data);
	return 1;
}

/* Opens the end of the way. */
static int
arrive(const struct way *w)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	struct stat st;
	int fd;

	if (fstat(w->fd, &st) == -1)
		return -1;
	if (geteuid() == 0 && w->owner != 0 && st.st_uid != w->owner) {
		errno = EXDEV;
		return -1;
	}
	/* Reading must not change the time of last access. */
	fd = openat(w->fd, ".", flags | O_NOATIME);
	if (fd == -1 && errno == EPERM)
		fd = openat(w->fd, ".", flags);
	return fd;
}

int
tar_top_open(const char *path)
{
	struct way w = {-1, {NULL, 0, 0}, 0, 0};
	int fd = -1, rc;

	if (*path == '\0') {
		errno = ENOENT;
		return -1;
	}
	buf_puts(&w.rest, path);
	rc = go(&w,
	    open(*path == '/' ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
	if (rc == 0)
		while ((rc = step(&w)) == 1)
			continue;
	if (rc == 0)
		fd = arrive(&w);
	buf_free(&w.rest);
	go(&w, -1);
	return fd;
}
