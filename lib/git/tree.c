/* The tree of backups that we write: files enter it complete or not at all. */
/* SPDX-License-Identifier: MIT */
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
#include "git/tree.h"

#define DIR_MODE 0777 /* & ~umask, as Gitaly has it */
#define FILE_MODE 0600

const char *const tree_names[TREE_FILES] = {
    [TREE_REFS] = "refs",
    [TREE_BUNDLE] = "bundle",
    [TREE_HOOKS] = "custom_hooks.tar",
};

struct tree {
	char *path;
	char *id;
	char *temporary; /* name of the directory at tmp */
	int fd, tmp;
};

char *
tree_name(size_t number, enum tree_file file)
{
	return xasprintf("%03zu.%s", number, tree_names[file]);
}

int
tree_is_full(int error)
{
	return error == ENOSPC || error == EDQUOT || error == EIO ||
	    error == EROFS;
}

/*
 * Opens the directory path below dirfd, making what is missing.  Component
 * by component, so that no symbolic link leads out of the tree.  Returns a
 * descriptor, or -1.
 */
static int
open_dirs(int dirfd, const char *path)
{
	char *copy = xstrdup(path), *rest = copy, *part;
	int fd = dirfd, next = -1, saved;

	while ((part = strsep(&rest, "/")) != NULL) {
		next = openat(
		    fd, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (next == -1 && errno == ENOENT &&
		    (mkdirat(fd, part, DIR_MODE) == 0 || errno == EEXIST))
			next = openat(fd, part,
			    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		saved = errno;
		if (fd != dirfd)
			close(fd);
		errno = saved;
		if (next == -1)
			break;
		fd = next;
	}
	free(copy);
	return next;
}

/* Is there a marker of t's id already?  -1 after a warning if so. */
static int
check_id(const struct tree *t)
{
	char *marker = xasprintf("backup_ids/%s", t->id);
	struct stat st;
	int rc = 0;

	if (fstatat(t->fd, marker, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		warnx("%s: has a backup %s already", t->path, t->id);
		rc = -1;
	} else if (errno != ENOENT) {
		warn("%s/%s", t->path, marker);
		rc = -1;
	}
	free(marker);
	return rc;
}

static int
open_temporary(struct tree *t)
{
	t->temporary = xasprintf(".glb-tmp.%ld", (long)getpid());
	/* A dead process may have had our number. */
	if (io_remove_tree(t->fd, t->temporary) == -1 ||
	    mkdirat(t->fd, t->temporary, 0700) == -1 ||
	    (t->tmp = open_dirs(t->fd, t->temporary)) == -1) {
		warn("%s/%s", t->path, t->temporary);
		return -1;
	}
	return 0;
}

struct tree *
tree_open(const char *path, const char *id)
{
	struct tree *t = xcalloc(1, sizeof(*t));

	t->path = xstrdup(path);
	t->id = xstrdup(id);
	t->tmp = -1;
	t->fd = -1;
	if (io_mkdirs(AT_FDCWD, path, DIR_MODE) == -1 ||
	    (t->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1) {
		warn("%s", path);
	} else if (check_id(t) == 0 && open_temporary(t) == 0) {
		return t;
	}
	tree_close(t);
	return NULL;
}

void
tree_close(struct tree *t)
{
	if (t == NULL)
		return;
	if (t->tmp != -1) {
		close(t->tmp);
		if (io_remove_tree(t->fd, t->temporary) == -1)
			warn("%s/%s", t->path, t->temporary);
	}
	if (t->fd != -1)
		close(t->fd);
	free(t->temporary);
	free(t->path);
	free(t->id);
	free(t);
}

/* The name of a temporary file, in out. */
static const char *
temporary_name(unsigned int worker, const char *name, char out[64])
{
	snprintf(out, 64, "%u.%s", worker, name);
	return out;
}

int
tree_temporary(const struct tree *t, unsigned int worker, const char *name)
{
	char tmp[64];

	return openat(t->tmp, temporary_name(worker, name, tmp),
	    O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
}

/* Writes a manifest to its place in the directory dirfd. */
static int
put_manifest(const struct tree *t, unsigned int worker, int dirfd,
    const char *name, const struct buf *text)
{
	char tmp[64];
	int fd, rc;

	fd = tree_temporary(t, worker, "toml");
	if (fd == -1)
		return -1;
	rc = io_write_all(fd, text->data, text->len);
	if (close(fd) == -1 || rc == -1)
		return -1;
	return renameat(
	    t->tmp, temporary_name(worker, "toml", tmp), dirfd, name);
}

/* Moves the files into a directory of the id's own, new, below parent. */
static int
put_files(const struct tree *t, unsigned int worker, int parent, size_t number,
    const char have[TREE_FILES])
{
	char tmp[64], *name;
	int i, dir, rc = 0, saved;

	if (mkdirat(parent, t->id, DIR_MODE) == -1)
		return -1;
	dir = open_dirs(parent, t->id);
	if (dir == -1)
		rc = -1;
	for (i = 0; rc == 0 && i < TREE_FILES; i++) {
		if (!have[i])
			continue;
		name = tree_name(number, (enum tree_file)i);
		rc = renameat(t->tmp,
		    temporary_name(worker, tree_names[i], tmp), dir, name);
		saved = errno;
		free(name);
		errno = saved;
	}
	saved = errno;
	if (dir != -1)
		close(dir);
	if (rc == -1)
		io_remove_tree(parent, t->id);
	errno = saved;
	return rc;
}

/* The manifests of one repository.  Leaves none behind if it fails. */
static int
put_manifests(const struct tree *t, unsigned int worker,
    const char *storage_path, const struct buf *text)
{
	char *path = xasprintf("manifests/%s", storage_path);
	char *name = xasprintf("%s.toml", t->id);
	int dir, rc = -1, saved;

	dir = open_dirs(t->fd, path);
	if (dir != -1) {
		rc = put_manifest(t, worker, dir, name, text);
		if (rc == 0) {
			rc = put_manifest(t, worker, dir, "+latest.toml", text);
			saved = errno;
			if (rc == -1)
				unlinkat(dir, name, 0);
			errno = saved;
		}
		saved = errno;
		close(dir);
		errno = saved;
	}
	free(path);
	free(name);
	return rc;
}

int
tree_publish(const struct tree *t, unsigned int worker,
    const char *storage_path, size_t number, const char have[TREE_FILES],
    const struct buf *manifest)
{
	int dir = -1, rc = 0, saved;

	/* The refs file is what every repository that exists has. */
	if (have[TREE_REFS]) {
		dir = open_dirs(t->fd, storage_path);
		if (dir == -1)
			return -1;
		rc = put_files(t, worker, dir, number, have);
	}
	if (rc == 0) {
		rc = put_manifests(t, worker, storage_path, manifest);
		saved = errno;
		if (rc == -1 && dir != -1)
			io_remove_tree(dir, t->id);
		errno = saved;
	}
	saved = errno;
	if (dir != -1)
		close(dir);
	errno = saved;
	return rc;
}

/*
 * One syncfs(2) for all files and directories, as each fsync(2) of a journal
 * costs as much as backing up a small repository.  Until the marker is there
 * the backup is unfinished, so that nothing before it needs to last.
 */
int
tree_finish(const struct tree *t)
{
	int dir, fd = -1, rc = -1;

	if (syncfs(t->fd) == -1) {
		warn("%s", t->path);
		return -1;
	}
	dir = open_dirs(t->fd, "backup_ids");
	if (dir != -1)
		fd = openat(dir, t->id,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    FILE_MODE);
	if (fd != -1 && fsync(fd) == 0 && fsync(dir) == 0 && fsync(t->fd) == 0)
		rc = 0;
	if (rc == -1)
		warn("%s/backup_ids/%s", t->path, t->id);
	if (fd != -1)
		close(fd);
	if (dir != -1)
		close(dir);
	return rc;
}
