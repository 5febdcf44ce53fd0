/* Opening the entries of a tree that is packed. */
/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>

#include "tar/open.h"

/*
 * Reading must not change the time of last access.  Only a file's owner and
 * root may ask for that, so others do without.
 */
static int
open_entry(int dirfd, const char *name, int flags)
{
	int fd;

	flags |= O_RDONLY | O_NOFOLLOW | O_CLOEXEC;
	fd = openat(dirfd, name, flags | O_NOATIME);
	if (fd == -1 && errno == EPERM)
		fd = openat(dirfd, name, flags);
	return fd;
}

int
tar_open_file(int dirfd, const char *name)
{
	return open_entry(dirfd, name, O_NONBLOCK | O_NOCTTY);
}

int
tar_open_dir(int dirfd, const char *name)
{
	return open_entry(dirfd, name, O_DIRECTORY);
}

bool
tar_open_differ(const struct stat *a, const struct stat *b)
{
	return a->st_size != b->st_size ||
	    a->st_mtim.tv_sec != b->st_mtim.tv_sec ||
	    a->st_mtim.tv_nsec != b->st_mtim.tv_nsec ||
	    a->st_ctim.tv_sec != b->st_ctim.tv_sec ||
	    a->st_ctim.tv_nsec != b->st_ctim.tv_nsec;
}
