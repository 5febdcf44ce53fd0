/* What a directory was before its contents were replaced. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "tar/was.h"

#define WAS_MAX (1 << 20)

/*
 * The file: "MODE UID GID SECONDS NANOSECONDS MADE" and a newline, then each
 * name that stays, with a NUL behind it.
 */
#define FORMAT "%o %" PRIu32 " %" PRIu32 " %" PRId64 " %ld %d\n"
#define SCAN "%o %" SCNu32 " %" SCNu32 " %" SCNd64 " %ld %d%n"

static int
write_file(int fd, const struct buf *b)
{
	if (io_write_all(fd, b->data, b->len) == -1 || fsync(fd) == -1)
		return -1;
	return 0;
}

int
was_save(const struct was *w, int dirfd)
{
	struct buf b = {NULL, 0, 0};
	int fd, rc = -1, saved;
	size_t i;

	buf_printf(&b, FORMAT, (unsigned)w->attr.mode, w->attr.uid, w->attr.gid,
	    (int64_t)w->attr.mtime.tv_sec, w->attr.mtime.tv_nsec, w->made);
	for (i = 0; i < w->left.n; i++)
		buf_add(&b, w->left.v[i], strlen(w->left.v[i]) + 1);
	fd = openat(dirfd, "was.new",
	    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd != -1) {
		rc = write_file(fd, &b);
		saved = errno;
		if (close(fd) == -1 && rc == 0)
			rc = -1;
		else
			errno = saved;
	}
	if (rc == 0)
		rc = renameat(dirfd, "was.new", dirfd, "was");
	saved = errno;
	buf_free(&b);
	errno = saved;
	return rc;
}

static int
parse(struct was *w, const struct buf *b)
{
	unsigned mode;
	int64_t seconds;
	int made, n = 0;
	const char *p, *end = b->data + b->len;

	if (sscanf(b->data, SCAN, &mode, &w->attr.uid, &w->attr.gid, &seconds,
		&w->attr.mtime.tv_nsec, &made, &n) != 6 ||
	    b->data[n++] != '\n' || (b->data + n < end && end[-1] != '\0'))
		return -1;
	w->attr.mode = mode & 07777;
	w->attr.mtime.tv_sec = seconds;
	w->made = made != 0;
	for (p = b->data + n; p < end; p += strlen(p) + 1)
		list_add(&w->left, p);
	return 0;
}

int
was_load(struct was *w, int dirfd)
{
	struct buf b = {NULL, 0, 0};
	int fd, rc = -1, saved;

	fd = openat(dirfd, "was", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return -1;
	if (io_read_all(fd, &b, WAS_MAX) == 0) {
		rc = parse(w, &b);
		if (rc == -1)
			errno = EINVAL;
	}
	saved = errno;
	close(fd);
	buf_free(&b);
	errno = saved;
	return rc;
}

void
was_free(struct was *w)
{
	list_free(&w->left);
}
