/* A small file of an archive, made and put into its place. */
/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/status.h"
#include "tar/file.h"
#include "tar/target.h"

/*
 * The mode that a new file begins with: what it gets in the end, which saves a
 * call, if all but its owner may do the same.  Else nobody else may do
 * anything before it has its owner and group.
 */
static mode_t
first_mode(const struct tar_self *self, const struct tar_attr *want)
{
	mode_t mode = want->mode;

	if (self->uid != 0)
		mode &= ~self->mask;
	if ((mode & 07000) != 0 || (mode >> 3 & 7) != (mode & 7))
		return 0600;
	return mode;
}

int
tar_file_new(
    const struct tar_self *self, const struct tar_file *f, struct buf *temp)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	mode_t mode = first_mode(self, f->want);
	int fd = -1;

	/* A rename costs a third of what the file does. */
	if (f->hidden) {
		buf_reset(temp);
		buf_puts(temp, f->name);
		fd = openat(f->dirfd, temp->data, flags, mode);
		if (fd != -1 || errno != EEXIST)
			return fd;
	}
	do {
		tar_target_temp(temp);
		fd = openat(f->dirfd, temp->data, flags, mode);
	} while (fd == -1 && errno == EEXIST);
	return fd;
}

int
tar_file_place(int dirfd, const char *temp, const char *name)
{
	return strcmp(temp, name) != 0 ? renameat(dirfd, temp, dirfd, name) : 0;
}

int
tar_file_write(const struct tar_self *self, const struct tar_file *f,
    const char *p, size_t n, struct buf *temp)
{
	int fd = tar_file_new(self, f, temp), rc, attr = 0, error;

	if (fd == -1)
		return -1;
	rc = io_write_all(fd, p, n);
	if (rc == 0 && tar_attr_set(self, f->want, fd) == -1)
		attr = errno;
	error = errno;
	/* A network's disk may be full only now. */
	if (close(fd) == -1 && rc == 0) {
		rc = -1;
		error = errno;
	}
	if (rc == 0 && tar_file_place(f->dirfd, temp->data, f->name) == -1) {
		rc = -1;
		error = errno;
	}
	if (rc == -1) {
		unlinkat(f->dirfd, temp->data, 0);
		errno = error;
		return -1;
	}
	status_add(0, n, 0);
	errno = attr;
	return attr != 0 ? 1 : 0;
}
