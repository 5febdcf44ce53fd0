/* Puts a repository's own hooks back from their archive. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "git/asuser.h"
#include "git/rebuild.h"
#include "tar/check.h"

#define HOOKS "custom_hooks"
#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

/* Only directories, files and symbolic links?  Returns 0, or -1. */
static int
check_entry(int dirfd, const char *name)
{
	struct dirent *e;
	struct stat st;
	int fd, rc = 0;
	DIR *d;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return -1;
	if (S_ISREG(st.st_mode) || S_ISLNK(st.st_mode))
		return 0;
	errno = EINVAL;
	if (!S_ISDIR(st.st_mode))
		return -1;
	fd = openat(dirfd, name, DIR_FLAGS);
	if (fd == -1)
		return -1;
	d = fdopendir(fd);
	if (d == NULL) {
		close(fd);
		return -1;
	}
	while (rc == 0 && (e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			rc = check_entry(fd, e->d_name);
	closedir(d);
	return rc;
}

/* Moves what tar made into the repository. */
static int
move_in(struct rebuild *b, const char *hooks)
{
	char from[64], to[64];
	int fd, rc = -1;

	snprintf(from, sizeof(from), "%s/" HOOKS, hooks);
	snprintf(to, sizeof(to), "%u.new/" HOOKS, b->worker);
	asuser_enter(b->user);
	fd = openat(b->fd, hooks, DIR_FLAGS);
	if (fd != -1)
		rc = check_entry(fd, HOOKS);
	if (rc == 0)
		rc = renameat(b->fd, from, b->fd, to);
	else if (errno == EINVAL)
		buf_puts(&b->why, "holds what is neither file nor directory");
	if (rc == -1 && b->why.len == 0)
		rebuild_write_failed(b);
	asuser_leave(b->user);
	if (fd != -1)
		close(fd);
	return rc;
}

/*
 * Where nothing else is, so that no name or link of the archive reaches any
 * other file; as the storage's owner.  Symbolic links come back as they were,
 * for whoever runs the hooks.
 */
static int
extract(struct rebuild *b, int fd, const char *hooks)
{
	struct run r = {.env = b->env, .user = b->user, .in = fd, .out = -1};
	char *dir = xasprintf("%s/%s", b->path, hooks);
	struct list argv = {NULL, 0};
	int rc;

	asuser_enter(b->user);
	rc = mkdirat(b->fd, hooks, 0700);
	asuser_leave(b->user);
	if (rc == -1) {
		rebuild_write_failed(b);
	} else {
		list_split(&argv,
		    "tar,-x,-f,-,--no-same-owner,--no-same-permissions,-C");
		list_add(&argv, dir);
		list_add(&argv, HOOKS);
		rc = run(&r, argv.v, "tar", &b->why) == 0 ? 0 : -1;
		if (rc == -1)
			rebuild_check_full(b);
		list_free(&argv);
	}
	free(dir);
	return rc;
}

/* No archive at all is Gitaly's way to say that the directory is empty. */
static int
make_none(struct rebuild *b)
{
	char to[64];
	int rc;

	snprintf(to, sizeof(to), "%u.new/" HOOKS, b->worker);
	asuser_enter(b->user);
	rc = mkdirat(b->fd, to, 0777);
	asuser_leave(b->user);
	return rc == 0 ? 0 : rebuild_write_failed(b);
}

int
rebuild_hooks(struct rebuild *b, const char *file)
{
	char hooks[32];
	struct stat st;
	const char *wrong;
	int fd, rc = -1;

	fd = chain_open(b->tree, file);
	if (fd == -1 && errno == ENOENT)
		return 0;
	if (fd == -1) {
		buf_puts(&b->why, strerror(errno));
		return -1;
	}
	snprintf(hooks, sizeof(hooks), "%u.hooks", b->worker);
	if (fstat(fd, &st) == -1)
		buf_puts(&b->why, strerror(errno));
	else if (st.st_size == 0)
		rc = make_none(b);
	else if ((wrong = tar_check(fd)) != NULL)
		buf_puts(&b->why, wrong);
	else if (lseek(fd, 0, SEEK_SET) == -1)
		buf_puts(&b->why, strerror(errno));
	else if (extract(b, fd, hooks) == 0)
		rc = move_in(b, hooks);
	if (rc == 0)
		b->bytes += (uint64_t)st.st_size;
	close(fd);
	return rc;
}
