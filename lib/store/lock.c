/* One run at a time in a backup path. */
/* SPDX-License-Identifier: MIT */
#include <sys/file.h>
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/io.h"
#include "base/prog.h"
#include "store/lock.h"

/*
 * The application's user must be able to lock after a run as root, and on NFS
 * an exclusive flock(2) needs a descriptor that writes: so what root makes
 * belongs to the owner of the directory.
 */
static int
share(const char *backup_path, int fd)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return -1;
	/* A link to a file of root's would give that away. */
	if (!S_ISREG(st.st_mode) || st.st_nlink != 1) {
		errno = EMLINK;
		return -1;
	}
	if (geteuid() != 0)
		return 0;
	if (stat(backup_path, &st) == -1)
		return -1;
	return fchown(fd, st.st_uid, st.st_gid);
}

/* Names the run that holds the lock, as far as its file tells. */
static void
say_locked(const char *path, int fd)
{
	struct buf b = {NULL, 0, 0};

	if (io_read_all(fd, &b, 32) == 0 && b.len > 1)
		warnx("%s: another run holds the lock (process %.*s)", path,
		    (int)strspn(b.data, "0123456789"), b.data);
	else
		warnx("%s: another run holds the lock", path);
	buf_free(&b);
}

int
lock_take(const char *backup_path, int *status)
{
	char *path = xasprintf("%s/%s", backup_path, LOCK_FILE), pid[32];
	int fd, n;

	*status = PROG_FAILED;
	fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1) {
		warn("%s", path);
	} else if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
		/* To name the holder is a courtesy: the lock is flock's. */
		n = snprintf(pid, sizeof(pid), "%ld\n", (long)getpid());
		if (share(backup_path, fd) == -1 || ftruncate(fd, 0) == -1 ||
		    io_write_all(fd, pid, (size_t)n) == -1)
			warn("%s", path);
		*status = PROG_DONE;
	} else {
		if (errno == EWOULDBLOCK) {
			*status = PROG_LOCKED;
			say_locked(path, fd);
		} else {
			warn("%s", path);
		}
		close(fd);
		fd = -1;
	}
	free(path);
	return fd;
}
