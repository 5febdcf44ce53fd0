/* What in a repository git would wait for, or go round in. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "git/special.h"

static const char *const files[] = {"HEAD", "config", "config.worktree",
    "commondir", "packed-refs", "shallow", "info/attributes", "info/grafts",
    "objects/info/alternates", "objects/info/commit-graph",
    "objects/info/commit-graphs/commit-graph-chain"};

const char *
special_bad(int dirfd, const char *name, bool dir)
{
	struct stat st;

	if (fstatat(dirfd, name, &st, 0) == -1)
		return errno == ELOOP ? strerror(errno) : NULL;
	if (S_ISREG(st.st_mode) || (dir && S_ISDIR(st.st_mode)))
		return NULL;
	return "not a regular file";
}

/* Looks at all in the directory name of objects/. */
static int
check_directory(int objects, const char *name, struct buf *why)
{
	const char *bad = NULL;
	struct dirent *e;
	DIR *d = NULL;
	int fd;

	fd = openat(objects, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd != -1 && (d = fdopendir(fd)) == NULL)
		close(fd);
	/* Git has words of its own for what cannot be listed. */
	if (d == NULL)
		return 0;
	while (bad == NULL && (e = readdir(d)) != NULL)
		if (e->d_type != DT_REG && e->d_type != DT_DIR &&
		    (bad = special_bad(fd, e->d_name, true)) != NULL)
			buf_printf(
			    why, "objects/%s/%s: %s", name, e->d_name, bad);
	closedir(d);
	return bad == NULL ? 0 : -1;
}

/* Looks at packs and at objects in files of their own. */
static int
check_objects(int dirfd, struct buf *why)
{
	struct dirent *e;
	DIR *d = NULL;
	int fd, rc = 0;

	fd = openat(dirfd, "objects", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd != -1 && (d = fdopendir(fd)) == NULL)
		close(fd);
	if (d == NULL)
		return 0;
	while (rc == 0 && (e = readdir(d)) != NULL)
		if (strcmp(e->d_name, "pack") == 0 ||
		    (strlen(e->d_name) == 2 &&
			isxdigit((unsigned char)e->d_name[0]) &&
			isxdigit((unsigned char)e->d_name[1])))
			rc = check_directory(fd, e->d_name, why);
	closedir(d);
	return rc;
}

int
special_check(int dirfd, struct buf *why)
{
	const char *bad;
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		bad = special_bad(dirfd, files[i], false);
		if (bad == NULL)
			continue;
		buf_printf(why, "%s: %s", files[i], bad);
		return -1;
	}
	return check_objects(dirfd, why);
}
