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

/*
 * Entries of a directory, without what readdir(3) needs: a repository that was
 * never packed has a directory for each two objects or so, and git is waiting.
 */
struct entries {
	int fd;
	ssize_t n, at;
	union {
		struct dirent64 first;
		char bytes[16384];
	} block;
};

/* Git has words of its own for what cannot be listed: it has no entries. */
static bool
entries_open(struct entries *d, int dirfd, const char *name)
{
	d->fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	d->n = d->at = 0;
	return d->fd != -1;
}

static struct dirent64 *
entries_next(struct entries *d)
{
	struct dirent64 *e;

	if (d->at == d->n) {
		d->at = 0;
		d->n = getdents64(d->fd, &d->block, sizeof(d->block));
		if (d->n <= 0) {
			d->n = 0;
			return NULL;
		}
	}
	/* Aligned by the kernel. */
	e = (void *)(d->block.bytes + d->at);
	d->at += e->d_reclen;
	return e;
}

/* Looks at all in the directory name of objects/. */
static int
check_directory(int objects, const char *name, struct buf *why)
{
	const char *bad = NULL;
	struct dirent64 *e;
	struct entries d;

	if (!entries_open(&d, objects, name))
		return 0;
	while (bad == NULL && (e = entries_next(&d)) != NULL)
		if (e->d_type != DT_REG && e->d_type != DT_DIR &&
		    (bad = special_bad(d.fd, e->d_name, true)) != NULL)
			buf_printf(
			    why, "objects/%s/%s: %s", name, e->d_name, bad);
	close(d.fd);
	return bad == NULL ? 0 : -1;
}

/* Looks at packs and at objects in files of their own. */
static int
check_objects(int dirfd, struct buf *why)
{
	struct dirent64 *e;
	struct entries d;
	int rc = 0;

	if (!entries_open(&d, dirfd, "objects"))
		return 0;
	while (rc == 0 && (e = entries_next(&d)) != NULL)
		if (strcmp(e->d_name, "pack") == 0 ||
		    (strlen(e->d_name) == 2 &&
			isxdigit((unsigned char)e->d_name[0]) &&
			isxdigit((unsigned char)e->d_name[1])))
			rc = check_directory(d.fd, e->d_name, why);
	close(d.fd);
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
