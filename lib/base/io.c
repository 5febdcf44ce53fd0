/* Reading and writing descriptors in full, and files made durable. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/io.h"

int
io_write_all(int fd, const void *p, size_t n)
{
	const char *s = p;
	ssize_t w;

	while (n > 0) {
		w = write(fd, s, n);
		if (w == -1 && errno == EINTR)
			continue;
		if (w == 0)
			errno = EIO;
		if (w <= 0)
			return -1;
		s += w;
		n -= (size_t)w;
	}
	return 0;
}

ssize_t
io_read(int fd, void *p, size_t n)
{
	ssize_t r;

	do
		r = read(fd, p, n);
	while (r == -1 && errno == EINTR);
	return r;
}

ssize_t
io_read_full(int fd, void *p, size_t n)
{
	size_t got = 0;
	ssize_t r;

	while (got < n) {
		r = io_read(fd, (char *)p + got, n - got);
		if (r == -1)
			return -1;
		if (r == 0)
			break;
		got += (size_t)r;
	}
	return (ssize_t)got;
}

void
io_widen(int fd)
{
	int saved = errno, size = fcntl(fd, F_GETPIPE_SZ);

	if (size != -1 && size < IO_WIDE)
		fcntl(fd, F_SETPIPE_SZ, IO_WIDE);
	errno = saved;
}

void
io_write_behind(int fd, off_t *begun, off_t end, off_t least)
{
	int saved = errno;

	if (end - *begun < least)
		return;
	sync_file_range(fd, *begun, end - *begun, SYNC_FILE_RANGE_WRITE);
	*begun = end;
	errno = saved;
}

int
io_read_all(int fd, struct buf *b, size_t max)
{
	size_t start = b->len;
	ssize_t r;

	for (;;) {
		buf_reserve(b, IO_SIZE);
		r = io_read(fd, b->data + b->len, IO_SIZE);
		if (r == -1)
			return -1;
		if (r == 0)
			return 0;
		b->len += (size_t)r;
		b->data[b->len] = '\0';
		if (b->len - start > max) {
			errno = EFBIG;
			return -1;
		}
	}
}

int
io_read_file(int dirfd, const char *name, struct buf *b, size_t max)
{
	int fd, rc, saved;

	fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	rc = io_read_all(fd, b, max);
	saved = errno;
	close(fd);
	errno = saved;
	return rc;
}

int
io_mkdirs(int dirfd, const char *path, mode_t mode)
{
	char *copy, *p;
	int rc = 0;

	copy = xstrdup(path);
	for (p = copy + 1; rc == 0 && *copy != '\0'; p++) {
		if (*p != '/' && *p != '\0')
			continue;
		if (*p == '\0') {
			rc = mkdirat(dirfd, copy, mode);
			break;
		}
		*p = '\0';
		rc = mkdirat(dirfd, copy, mode);
		if (rc == -1 && errno == EEXIST)
			rc = 0;
		*p = '/';
	}
	if (rc == -1 && errno == EEXIST)
		rc = 0;
	free(copy);
	return rc;
}

int
io_sync_dir(int dirfd, const char *path)
{
	int fd, rc, saved;

	fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	rc = fsync(fd);
	saved = errno;
	close(fd);
	errno = saved;
	return rc;
}

/* Keeps the first errno of several failures in *first. */
static void
note(int *first)
{
	if (*first == 0 && errno != ENOENT)
		*first = errno;
}

int
io_remove_tree(int dirfd, const char *path)
{
	struct dirent *e;
	DIR *d;
	int fd, first = 0;

	if (unlinkat(dirfd, path, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -1;
	fd = openat(
	    dirfd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return -1;
	d = fdopendir(fd);
	if (d == NULL) {
		note(&first);
		close(fd);
	} else {
		while ((e = readdir(d)) != NULL)
			if (strcmp(e->d_name, ".") != 0 &&
			    strcmp(e->d_name, "..") != 0 &&
			    io_remove_tree(fd, e->d_name) == -1)
				note(&first);
		closedir(d);
	}
	if (unlinkat(dirfd, path, AT_REMOVEDIR) == -1)
		note(&first);
	if (first == 0)
		return 0;
	errno = first;
	return -1;
}

uint64_t
io_tree_bytes(int fd)
{
	uint64_t sum = 0;
	struct dirent *e;
	struct stat st;
	DIR *d;
	int sub;

	d = fd != -1 ? fdopendir(fd) : NULL;
	if (d == NULL) {
		if (fd != -1)
			close(fd);
		return 0;
	}
	while ((e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 ||
		    strcmp(e->d_name, "..") == 0 ||
		    fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == -1)
			continue;
		if (S_ISREG(st.st_mode))
			sum += (uint64_t)st.st_size;
		if (!S_ISDIR(st.st_mode))
			continue;
		sub = openat(fd, e->d_name,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (sub != -1)
			sum += io_tree_bytes(sub);
	}
	closedir(d);
	return sum;
}
