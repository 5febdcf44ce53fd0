/* A file a second time: a hard link, a reflink, or a copy. */
/* SPDX-License-Identifier: MIT */
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <linux/fs.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/io.h"
#include "git/duplicate.h"

#define CHUNK ((size_t)1 << 30) /* bytes: for one copy_file_range(2) */
#define FILE_MODE 0600

/*
 * By the name that /proc has for the open file, for the path that it was
 * opened by may lead elsewhere by now.  Without /proc there is none.
 */
int
duplicate_link(int fd, int dir, const char *name)
{
	char self[64];

	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	return linkat(AT_FDCWD, self, dir, name, AT_SYMLINK_FOLLOW);
}

int
duplicate_may_copy(int error)
{
	return error == EXDEV || error == EPERM || error == EMLINK ||
	    error == EOPNOTSUPP || error == ENOSYS || error == ENOENT;
}

/* The ordinary way, from where both descriptors stand. */
static int
read_write(int from, int to)
{
	char *block = xmalloc(IO_SIZE);
	int rc = 0, saved;
	ssize_t n;

	while (rc == 0 && (n = io_read(from, block, IO_SIZE)) != 0)
		rc = n == -1 ? -1 : io_write_all(to, block, (size_t)n);
	saved = errno;
	free(block);
	errno = saved;
	return rc;
}

/*
 * Within the kernel, or on its server.  Where that cannot be, and where it
 * says too early that all is done, the ordinary way does the rest.
 */
static int
copy(int from, int to)
{
	ssize_t n;

	do
		n = copy_file_range(from, NULL, to, NULL, CHUNK, 0);
	while (n > 0 || (n == -1 && errno == EINTR));
	if (n == -1 && errno != EXDEV && errno != EINVAL && errno != ENOSYS &&
	    errno != EOPNOTSUPP && errno != EPERM)
		return -1;
	return read_write(from, to);
}

/* Fills the file to, and gives it the time. */
static int
fill(int from, const struct stat *st, int to, bool *copied)
{
	const struct timespec when[2] = {st->st_mtim, st->st_mtim};

	*copied = ioctl(to, FICLONE, from) == -1;
	if (*copied && (lseek(from, 0, SEEK_SET) == -1 || copy(from, to) == -1))
		return -1;
	return futimens(to, when);
}

int
duplicate_file(
    int fd, const struct stat *st, int dir, const char *name, bool *copied)
{
	int to, rc, saved;

	to = openat(dir, name,
	    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
	if (to == -1)
		return -1;
	rc = fill(fd, st, to, copied);
	saved = errno;
	if (close(to) == -1 && rc == 0) {
		saved = errno;
		rc = -1;
	}
	if (rc == -1)
		unlinkat(dir, name, 0);
	errno = saved;
	return rc;
}
