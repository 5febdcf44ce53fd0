/* Directories below one, reached without ever leaving it. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "tar/place.h"

struct tar_place {
	int top;
	dev_t top_dev;
	int fd; /* the directory that was opened last, or -1: the top */
	dev_t dev; /* its file system */
	struct buf path; /* its path */
	struct buf part; /* scratch */
};

struct tar_place *
tar_place_new(int top)
{
	struct tar_place *p = xcalloc(1, sizeof(*p));
	struct stat st;

	p->top = top;
	p->fd = -1;
	if (fstat(top, &st) == 0)
		p->top_dev = st.st_dev;
	p->dev = p->top_dev;
	return p;
}

void
tar_place_free(struct tar_place *p)
{
	if (p == NULL)
		return;
	if (p->fd != -1)
		close(p->fd);
	buf_free(&p->path);
	buf_free(&p->part);
	free(p);
}

/* glibc has no openat2(2). */
static int
open_beneath(int dirfd, const char *path, int flags)
{
	struct open_how how = {0};
	long fd;

	how.flags = (unsigned long long)(flags | O_DIRECTORY | O_CLOEXEC);
	how.resolve =
	    RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
	do
		fd = syscall(SYS_openat2, dirfd, path, &how, sizeof(how));
	while (fd == -1 && (errno == EINTR || errno == EAGAIN));
	return (int)fd;
}

/* How much of the n bytes at path the kernel takes in one call. */
static size_t
portion(const char *path, size_t n)
{
	const char *slash;

	if (n < PATH_MAX)
		return n;
	slash = memrchr(path, '/', PATH_MAX - 1);
	return slash != NULL ? (size_t)(slash - path) : n;
}

/* Opens path, seen from fd, which stays open. */
static int
descend(struct tar_place *p, int fd, const char *path, size_t n)
{
	int from = fd, next;
	size_t k;

	for (;; path += k + 1, n -= k + 1) {
		k = portion(path, n);
		buf_reset(&p->part);
		buf_add(&p->part, path, k);
		next = open_beneath(from, p->part.data, O_PATH);
		if (from != fd)
			close(from);
		if (next == -1 || k == n)
			return next;
		from = next;
	}
}

static int
sync_fs(int fd)
{
	int dir, rc;

	/* syncfs(2) takes no descriptor open with O_PATH. */
	dir = open_beneath(fd, ".", O_RDONLY);
	if (dir == -1)
		return -1;
	rc = syncfs(dir);
	close(dir);
	return rc;
}

/* From now on fd is the one that was opened last. */
static int
keep(struct tar_place *p, int fd, const char *path, size_t n)
{
	struct stat st;

	if (fstat(fd, &st) == -1 ||
	    (st.st_dev != p->dev && p->dev != p->top_dev &&
		sync_fs(p->fd) == -1)) {
		close(fd);
		return -1;
	}
	if (p->fd != -1)
		close(p->fd);
	p->fd = fd;
	p->dev = st.st_dev;
	buf_reset(&p->path);
	buf_add(&p->path, path, n);
	return fd;
}

int
tar_place_open(struct tar_place *p, const char *path, size_t n)
{
	size_t len = p->path.len;
	bool below;
	int fd;

	if (n == 0)
		return p->top;
	below = p->fd != -1 && n >= len &&
	    memcmp(path, p->path.data, len) == 0 &&
	    (n == len || path[len] == '/');
	if (below && n == len)
		return p->fd;
	if (below)
		fd = descend(p, p->fd, path + len + 1, n - len - 1);
	else
		fd = descend(p, p->top, path, n);
	return fd == -1 ? -1 : keep(p, fd, path, n);
}

int
tar_place_sync(struct tar_place *p)
{
	if (p->dev != p->top_dev && sync_fs(p->fd) == -1)
		return -1;
	return syncfs(p->top);
}
