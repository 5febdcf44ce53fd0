/* Giving what was unpacked its owner, mode and time. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "tar/attr.h"

#define SPECIAL (S_ISUID | S_ISGID | S_ISVTX)

void
tar_attr_want(
    const struct tar_self *self, const struct tar_member *m, struct tar_attr *a)
{
	a->mtime = m->mtime;
	a->uid = tar_ids_user(self->ids, m->user, m->uid);
	a->gid = tar_ids_group(self->ids, m->group, m->gid);
	a->mode = m->mode & 07777;
}

/* Keeps the first errno of several failures in *first. */
static void
note(int *first)
{
	if (*first == 0)
		*first = errno;
}

/* The mode it gets, its owner being what st says. */
static mode_t
right_mode(const struct tar_self *self, const struct tar_attr *a,
    const struct stat *st)
{
	mode_t mode = a->mode;

	if (self->uid != 0)
		mode &= ~self->mask;
	if (st->st_uid != a->uid || st->st_gid != a->gid)
		mode &= (mode_t)~SPECIAL;
	return mode;
}

static int
outcome(int first)
{
	errno = first;
	return first == 0 ? 0 : -1;
}

static bool
same_owner(const struct stat *st, const struct tar_attr *a)
{
	return st->st_uid == a->uid && st->st_gid == a->gid;
}

static bool
same_time(const struct stat *st, const struct tar_attr *a)
{
	return st->st_mtim.tv_sec == a->mtime.tv_sec &&
	    st->st_mtim.tv_nsec == a->mtime.tv_nsec;
}

int
tar_attr_set(const struct tar_self *self, const struct tar_attr *a, int fd)
{
	struct timespec times[2] = {{0, UTIME_OMIT}, a->mtime};
	int first = 0;
	struct stat st;
	mode_t mode;

	if (fstat(fd, &st) == -1)
		return -1;
	if (self->uid == 0 && !same_owner(&st, a)) {
		if (fchown(fd, a->uid, a->gid) == -1)
			note(&first);
		else if (fstat(fd, &st) == -1)
			return -1;
	}
	mode = right_mode(self, a, &st);
	if ((st.st_mode & 07777) != mode && fchmod(fd, mode) == -1)
		note(&first);
	if (!same_time(&st, a) && futimens(fd, times) == -1)
		note(&first);
	return outcome(first);
}

int
tar_attr_set_link(const struct tar_self *self, const struct tar_attr *a,
    int dirfd, const char *name)
{
	struct timespec times[2] = {{0, UTIME_OMIT}, a->mtime};
	int first = 0;

	if (self->uid == 0 &&
	    fchownat(dirfd, name, a->uid, a->gid, AT_SYMLINK_NOFOLLOW) == -1)
		note(&first);
	if (utimensat(dirfd, name, times, AT_SYMLINK_NOFOLLOW) == -1)
		note(&first);
	return outcome(first);
}
