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

#define LEVELS 8

/* A directory that is open, on the way to the one that was opened last. */
struct level {
	int fd;
	dev_t dev; /* its file system */
	size_t len; /* of its path, which path begins with */
};

struct tar_place {
	int top;
	dev_t top_dev;
	struct level v[LEVELS]; /* from the highest down; not all on the way */
	size_t n;
	struct buf path; /* of the last level */
	struct buf part; /* scratch */
};

struct tar_place *
tar_place_new(int top)
{
	struct tar_place *p = xcalloc(1, sizeof(*p));
	struct stat st;

	p->top = top;
	if (fstat(top, &st) == 0)
		p->top_dev = st.st_dev;
	return p;
}

void
tar_place_free(struct tar_place *p)
{
	if (p == NULL)
		return;
	while (p->n > 0)
		close(p->v[--p->n].fd);
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
		next = open_beneath(from, p->part.data, O_RDONLY);
		if (next == -1 && errno == EACCES)
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

/* Is level i the highest one of a file system that is not the top's? */
static bool
is_border(const struct tar_place *p, size_t i)
{
	dev_t dev = p->v[i].dev, above = i > 0 ? p->v[i - 1].dev : p->top_dev;

	return dev != above && dev != p->top_dev;
}

/* Closes the last level, before which its file system is written out. */
static int
leave(struct tar_place *p)
{
	struct level *l = &p->v[p->n - 1];
	int rc = 0;

	if (is_border(p, p->n - 1))
		rc = sync_fs(l->fd);
	close(l->fd);
	p->n--;
	p->path.len = p->n > 0 ? p->v[p->n - 1].len : 0;
	return rc;
}

/* From now on fd is the last level. */
static int
keep(struct tar_place *p, int fd, const char *path, size_t n)
{
	struct stat st;

	if (fstat(fd, &st) == -1 || (p->n == LEVELS && leave(p) == -1)) {
		close(fd);
		return -1;
	}
	p->v[p->n].fd = fd;
	p->v[p->n].dev = st.st_dev;
	p->v[p->n++].len = n;
	buf_reset(&p->path);
	buf_add(&p->path, path, n);
	return fd;
}

/* Is the directory of n bytes of path the last level, or below it? */
static bool
is_below(const struct tar_place *p, const char *path, size_t n)
{
	size_t len = p->path.len;

	return n >= len && memcmp(path, p->path.data, len) == 0 &&
	    (n == len || path[len] == '/');
}

int
tar_place_open(struct tar_place *p, const char *path, size_t n)
{
	const struct level *l;
	int fd;

	if (n == 0)
		return p->top;
	while (p->n > 0 && !is_below(p, path, n))
		if (leave(p) == -1)
			return -1;
	if (p->n == 0) {
		fd = descend(p, p->top, path, n);
	} else {
		l = &p->v[p->n - 1];
		if (l->len == n)
			return l->fd;
		fd = descend(p, l->fd, path + l->len + 1, n - l->len - 1);
	}
	return fd == -1 ? -1 : keep(p, fd, path, n);
}

int
tar_place_sync(struct tar_place *p)
{
	size_t i;

	for (i = p->n; i > 0; i--)
		if (is_border(p, i - 1) && sync_fs(p->v[i - 1].fd) == -1)
			return -1;
	return syncfs(p->top);
}
