/* A file, link or FIFO of an archive, made and put into its place. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/prog.h"
#include "base/status.h"
#include "tar/file.h"
#include "tar/name.h"
#include "tar/target.h"
#include "tar/unpacker.h"

#define BEHIND_MIN (128 * 1024) /* bytes; smaller files cost more so */

static int
dir_in_the_way(struct unpacker *u)
{
	return unpack_fail_for(u, u->path.data, "a directory is in the way");
}

/* Is the entry to be made?  1; 0: what is there stays; -1 after a warning. */
static int
has_place(struct unpacker *u)
{
	struct stat st;

	/* Only a directory can be in the way, as rename(2) will say. */
	if (u->o->existing == TAR_EXISTING_FAIL)
		return 1;
	if (fstatat(u->parent, u->base, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return errno == ENOENT ? 1 : unpack_fail(u, u->path.data);
	if (S_ISDIR(st.st_mode))
		return dir_in_the_way(u);
	if (u->o->existing == TAR_EXISTING_KEEP && !unpack_ours(u, &st)) {
		u->kept++;
		return 0;
	}
	return 1;
}

/*
 * Copies the contents into fd and sets its attributes.  All is made durable in
 * the end, so the disk begins with each large file at once.
 */
static int
fill(struct unpacker *u, int fd)
{
	off_t end = 0, begun = 0;
	const char *p;
	ssize_t n;

	while ((n = tar_read_data(u->reader, &p)) > 0) {
		if (io_write_all(fd, p, (size_t)n) == -1)
			return unpack_fail(u, u->path.data);
		end += n;
		io_write_behind(fd, &begun, end, IO_BEHIND);
		status_add(0, (uint64_t)n, 0);
	}
	if (n == -1)
		return unpack_unreadable(u);
	io_write_behind(fd, &begun, end, BEHIND_MIN);
	if (tar_attr_set(&u->self, &u->want, fd) == -1)
		unpack_attr_failed(u, u->path.data);
	return 0;
}

static int
make_file(struct unpacker *u)
{
	const struct tar_file f = {
	    u->parent, u->base, &u->want, u->into->hidden};
	int fd = tar_file_new(&u->self, &f, &u->temp), rc;

	if (fd == -1)
		return -1;
	rc = fill(u, fd);
	/* A network's disk may be full only now. */
	if (close(fd) == -1 && rc == 0)
		rc = unpack_fail(u, u->path.data);
	return rc == 0 ? 0 : 1;
}

static int
make_symlink(struct unpacker *u)
{
	if (symlinkat(u->m.link, u->parent, u->temp.data) == -1)
		return -1;
	if (tar_attr_set_link(&u->self, &u->want, u->parent, u->temp.data) ==
	    -1)
		unpack_attr_failed(u, u->path.data);
	return 0;
}

static int
make_fifo(struct unpacker *u)
{
	struct stat st;
	int fd;

	if (mkfifoat(u->parent, u->temp.data, 0600) == -1)
		return -1;
	/* For reading and writing, so that it waits for nobody. */
	fd = openat(u->parent, u->temp.data,
	    O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1 || fstat(fd, &st) == -1 || !S_ISFIFO(st.st_mode) ||
	    tar_attr_set(&u->self, &u->want, fd) == -1)
		unpack_attr_failed(u, u->path.data);
	if (fd != -1)
		close(fd);
	return 0;
}

static int
bad_target(struct unpacker *u)
{
	unpack_refuse(u, TAR_BAD_TARGET);
	return 1;
}

/* Looks at the link's target, whose path is u->link.  0, or 1 if refused. */
static int
check_target(struct unpacker *u, int dirfd, const char *name)
{
	struct stat st;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == -1 ||
	    (!S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode) &&
		!S_ISFIFO(st.st_mode)))
		return bad_target(u);
	if (unpack_ours(u, &st))
		return 0;
	/* It may be one that was kept. */
	u->link_kept = u->o->existing == TAR_EXISTING_KEEP;
	return u->link_kept ? 0 : bad_target(u);
}

static int
make_hard_link(struct unpacker *u)
{
	const char *slash, *name;
	int dirfd;
	size_t n;

	slash = strrchr(u->link.data, '/');
	name = slash != NULL ? slash + 1 : u->link.data;
	n = slash != NULL ? (size_t)(slash - u->link.data) : 0;
	dirfd = tar_place_open(u->targets, u->link.data, n);
	if (dirfd == -1)
		return bad_target(u);
	u->link_kept = false;
	if (check_target(u, dirfd, name) != 0)
		return 1;
	return linkat(dirfd, name, u->parent, u->temp.data, 0);
}

/* 0, -1 with errno if it cannot be made, 1 after a warning. */
static int
make(struct unpacker *u)
{
	switch (u->m.type) {
	case TAR_FILE:
		return make_file(u);
	case TAR_SYMLINK:
		return make_symlink(u);
	case TAR_HARDLINK:
		return make_hard_link(u);
	default:
		return make_fifo(u);
	}
}

/*
 * Keeps u->since true.  A file that was kept and has another name now has a
 * new ctime, but is still not ours.  And should the clock have been set back,
 * what is made from now on is older than u->since, so that must move too.
 */
static int
watch_clock(struct unpacker *u)
{
	struct stat st;

	if (u->m.type == TAR_HARDLINK) {
		if (!u->link_kept || tar_target_now(u->top, &u->since) == 0)
			return 0;
		return unpack_fail(u, "");
	}
	if (u->o->existing != TAR_EXISTING_FAIL &&
	    fstatat(u->parent, u->base, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    !unpack_ours(u, &st))
		u->since = st.st_ctim;
	return 0;
}

/* Hands the current member on.  0, -1, or 1: it must be made here. */
static int
hand_on(struct unpacker *u)
{
	struct tar_job *j;
	const char *p;
	char *data;
	ssize_t n;

	if (u->m.type != TAR_FILE || !tar_crew_wants(u->crew, u->m.size))
		return 1;
	j = tar_crew_job(u->crew, u->parent, u->path.data, &u->want,
	    (size_t)u->m.size, &data);
	if (j == NULL)
		return 1;
	for (; (n = tar_read_data(u->reader, &p)) > 0; data += n)
		memcpy(data, p, (size_t)n);
	if (n == -1) {
		tar_crew_drop(u->crew, j);
		return unpack_unreadable(u);
	}
	tar_crew_give(u->crew, j);
	return 0;
}

int
unpack_entry(struct unpacker *u)
{
	int rc;

	rc = hand_on(u);
	if (rc != 1)
		return rc;
	/* A hard link may lead to anything. */
	tar_crew_settle(
	    u->crew, u->m.type == TAR_HARDLINK ? NULL : u->path.data);
	if (tar_crew_failed(u->crew))
		return -1;
	rc = has_place(u);
	if (rc != 1)
		return rc;
	do {
		tar_target_temp(&u->temp);
		rc = make(u);
	} while (rc == -1 && errno == EEXIST);
	if (rc == -1)
		return unpack_fail(u, u->path.data);
	if (rc == 0 && tar_file_place(u->parent, u->temp.data, u->base) == -1)
		rc = errno == EISDIR ? dir_in_the_way(u)
				     : unpack_fail(u, u->path.data);
	/* Of two names of one file rename(2) leaves both. */
	if (rc != 0 || u->m.type == TAR_HARDLINK)
		unlinkat(u->parent, u->temp.data, 0);
	return rc != 0 ? -1 : watch_clock(u);
}
