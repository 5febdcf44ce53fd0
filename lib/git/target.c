/* The place on a storage where a repository stands, or is to stand. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"
#include "git/target.h"

#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

static const char *const parts[] = {"HEAD", "objects", "refs"};

/* How many parts of a repository the directory fd has. */
static size_t
count_parts(int fd)
{
	struct stat st;
	size_t i, n = 0;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		n += fstatat(fd, parts[i], &st, AT_SYMLINK_NOFOLLOW) == 0;
	return n;
}

int
target_is_repository(int fd)
{
	return count_parts(fd) == sizeof(parts) / sizeof(parts[0]);
}

const char *
target_bad(const char *path)
{
	if (text_starts(path, "+gitaly/") || strcmp(path, "+gitaly") == 0)
		return "is Gitaly's own";
	/* Members restored have all objects: GitLab makes pools anew. */
	if (text_starts(path, "@pools/") ||
	    text_starts(path, "@cluster/pools/"))
		return "is a pool of objects";
	return NULL;
}

/* Is the directory fd empty?  Closes it. */
static bool
is_empty(int fd)
{
	struct dirent *e;
	bool empty = true;
	DIR *d = fdopendir(fd);

	if (d == NULL) {
		close(fd);
		return false;
	}
	while (empty && (e = readdir(d)) != NULL)
		empty =
		    strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0;
	closedir(d);
	return empty;
}

/*
 * What stands there must be a repository, even a damaged one, or nothing much:
 * not the directory that all the others are in.
 */
static int
look(struct target *t, struct buf *why)
{
	struct stat st;
	int fd;

	t->there = fstatat(t->parent, t->name, &st, AT_SYMLINK_NOFOLLOW) == 0;
	if (!t->there && errno != ENOENT) {
		buf_puts(why, strerror(errno));
		return -1;
	}
	t->file = t->there && !S_ISDIR(st.st_mode);
	if (!t->there || t->file)
		return 0;
	fd = openat(t->parent, t->name, DIR_FLAGS);
	if (fd == -1) {
		buf_puts(why, strerror(errno));
		return -1;
	}
	if (count_parts(fd) > 0) {
		close(fd);
		return 0;
	}
	if (is_empty(fd))
		return 0;
	buf_puts(why, "a directory that is no repository stands in its place");
	return -1;
}

/* Opens the directory name in t->parent instead.  Returns 0 or -1. */
static int
descend(struct target *t, const char *name, bool make, struct buf *why)
{
	int next, saved;

	next = openat(t->parent, name, DIR_FLAGS);
	if (next == -1 && errno == ENOENT && make &&
	    (mkdirat(t->parent, name, 0777) == 0 || errno == EEXIST))
		next = openat(t->parent, name, DIR_FLAGS);
	if (next == -1) {
		saved = errno;
		buf_printf(why, "%s: %s", name, strerror(saved));
		errno = saved;
		return -1;
	}
	close(t->parent);
	t->parent = next;
	if (!target_is_repository(next))
		return 0;
	buf_printf(why, "%s: a repository stands in its way", name);
	errno = ENOTDIR;
	return -1;
}

int
target_find(
    int dir, const char *path, bool make, struct target *t, struct buf *why)
{
	const char *p, *slash;
	char *name;
	int rc;

	memset(t, 0, sizeof(*t));
	t->name = path;
	t->parent = openat(dir, ".", DIR_FLAGS);
	if (t->parent == -1) {
		rc = errno;
		buf_puts(why, strerror(rc));
		errno = rc;
		return -1;
	}
	for (p = path; (slash = strchr(p, '/')) != NULL; p = slash + 1) {
		name = xstrndup(p, (size_t)(slash - p));
		rc = descend(t, name, make, why);
		free(name);
		if (rc == -1) {
			t->cut = errno == ENOENT ? (size_t)(slash - path) : 0;
			return -1;
		}
	}
	t->name = p;
	return 0;
}

int
target_open(
    int storage, const char *path, bool make, struct target *t, struct buf *why)
{
	const char *bad = target_bad(path);

	if (bad != NULL) {
		memset(t, 0, sizeof(*t));
		t->parent = -1;
		buf_puts(why, bad);
		return -1;
	}
	if (target_find(storage, path, make, t, why) == -1)
		return -1;
	return look(t, why);
}

void
target_close(struct target *t)
{
	if (t->parent != -1)
		close(t->parent);
	t->parent = -1;
}
