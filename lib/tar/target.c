/* The directory that an archive is unpacked into. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "tar/name.h"
#include "tar/target.h"

#define TICKS_MAX 3000 /* of a millisecond: no clock is coarser */

/* A mount point has a lost+found from birth, and no archive of ours has one. */
static bool
may_be_there(int dirfd, const char *name, const struct tar_exclude *leave)
{
	struct stat st;

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return true;
	if (strcmp(name, "lost+found") == 0)
		return fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISDIR(st.st_mode);
	return strcmp(name, TAR_RESERVED) != 0 &&
	    tar_exclude_match(leave, "./", name);
}

/* Is it empty?  0, or -1 with errno: ENOTEMPTY if not. */
static int
check_empty(int dirfd, const struct tar_exclude *leave)
{
	struct dirent *e;
	int fd, found = 0;
	DIR *d;

	fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	d = fdopendir(fd);
	if (d == NULL) {
		close(fd);
		return -1;
	}
	errno = 0;
	while ((e = readdir(d)) != NULL && found == 0) {
		if (!may_be_there(fd, e->d_name, leave))
			found = ENOTEMPTY;
		errno = 0;
	}
	if (found == 0)
		found = errno;
	closedir(d);
	errno = found;
	return found == 0 ? 0 : -1;
}

int
tar_target_open(const char *dir, bool empty, const struct tar_exclude *leave)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	char *line;
	int fd;

	fd = open(dir, flags);
	if (fd == -1 && errno == ENOENT && mkdir(dir, 0755) == 0)
		fd = open(dir, flags | O_NOFOLLOW);
	if (fd != -1 && (!empty || check_empty(fd, leave) == 0))
		return fd;
	line = text_line(dir);
	warn("%s", line);
	free(line);
	if (fd != -1)
		close(fd);
	return -1;
}

void
tar_target_temp(struct buf *name)
{
	/* Names need only differ from each other within this process. */
	static atomic_uint count;
	static atomic_long pid;

	if (pid == 0)
		pid = (long)getpid();
	buf_reset(name);
	buf_printf(
	    name, ".glb-unpack-%ld-%u", (long)pid, atomic_fetch_add(&count, 1));
}

static bool
earlier(const struct timespec *a, const struct timespec *b)
{
	if (a->tv_sec != b->tv_sec)
		return a->tv_sec < b->tv_sec;
	return a->tv_nsec < b->tv_nsec;
}

/* Changes the file fd until its ctime shows it. */
static int
tick(int fd, struct timespec *now)
{
	const struct timespec wait = {0, 1000000};
	struct stat first, st;
	int i;

	if (fstat(fd, &first) == -1)
		return -1;
	for (i = 0; i < TICKS_MAX; i++) {
		if (futimens(fd, NULL) == -1 || fstat(fd, &st) == -1)
			return -1;
		*now = st.st_ctim;
		if (earlier(&first.st_ctim, now))
			return 0;
		nanosleep(&wait, NULL);
	}
	errno = ETIME;
	return -1;
}

int
tar_target_now(int dirfd, struct timespec *now)
{
	struct buf name = {NULL, 0, 0};
	int fd, rc, saved;

	do {
		tar_target_temp(&name);
		fd = openat(dirfd, name.data,
		    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	} while (fd == -1 && errno == EEXIST);
	if (fd == -1) {
		buf_free(&name);
		return -1;
	}
	rc = tick(fd, now);
	saved = errno;
	close(fd);
	unlinkat(dirfd, name.data, 0);
	buf_free(&name);
	errno = saved;
	return rc;
}
