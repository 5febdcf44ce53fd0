/* Shares the backups that an increment builds upon with another tree. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/io.h"
#include "base/text.h"
#include "git/duplicate.h"
#include "git/names.h"
#include "git/share.h"
#include "git/tree.h"

#define MARKER_MODE 0600

struct share {
	char *from_path, *to_path, *id;
	char *temporary; /* name of the directory at tmp */
	int from, to, tmp;
	atomic_uint next; /* names a temporary file */
	atomic_flag told; /* that files are copied */
};

/* One repository's files on their way. */
struct job {
	struct share *s;
	const struct chain *c;
	struct list made; /* paths of files, to be taken away again */
	struct buf *why;
	int *full;
};

/* Opens both roots, which must be two.  Returns 0, or -1 after a warning. */
static int
open_roots(struct share *s)
{
	struct stat a, b;

	s->from = open(s->from_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->from == -1 || fstat(s->from, &a) == -1) {
		warn("%s", s->from_path);
		return -1;
	}
	if (io_mkdirs(AT_FDCWD, s->to_path, 0777) == -1 ||
	    (s->to = open(s->to_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) ==
		-1 ||
	    fstat(s->to, &b) == -1) {
		warn("%s", s->to_path);
		return -1;
	}
	if (a.st_dev != b.st_dev || a.st_ino != b.st_ino)
		return 0;
	warnx("%s: the base is the tree itself", s->from_path);
	return -1;
}

/* Is the name of the new backup free in the base?  -1 after a warning. */
static int
check_id(const struct share *s)
{
	char *marker = xasprintf("backup_ids/%s", s->id);
	struct stat st;
	int rc = -1;

	if (fstatat(s->from, marker, &st, AT_SYMLINK_NOFOLLOW) == 0)
		warnx("%s: has a backup %s already", s->from_path, s->id);
	else if (errno != ENOENT)
		warn("%s/%s", s->from_path, marker);
	else
		rc = 0;
	free(marker);
	return rc;
}

struct share *
share_open(const char *from, const char *to, const char *id)
{
	struct share *s = xcalloc(1, sizeof(*s));

	s->from_path = xstrdup(from);
	s->to_path = xstrdup(to);
	s->id = xstrdup(id);
	s->temporary = xasprintf(".glb-tmp.%ld.share", (long)getpid());
	s->from = s->to = s->tmp = -1;
	atomic_flag_clear(&s->told);
	if (open_roots(s) == 0 && check_id(s) == 0) {
		/* A dead process may have had our number. */
		if (io_remove_tree(s->to, s->temporary) == 0 &&
		    mkdirat(s->to, s->temporary, 0700) == 0 &&
		    (s->tmp = tree_dirs(s->to, s->temporary)) != -1)
			return s;
		warn("%s/%s", to, s->temporary);
	}
	share_close(s);
	return NULL;
}

void
share_close(struct share *s)
{
	if (s == NULL)
		return;
	if (s->tmp != -1) {
		close(s->tmp);
		if (io_remove_tree(s->to, s->temporary) == -1)
			warn("%s/%s", s->to_path, s->temporary);
	}
	if (s->from != -1)
		close(s->from);
	if (s->to != -1)
		close(s->to);
	free(s->temporary);
	free(s->from_path);
	free(s->to_path);
	free(s->id);
	free(s);
}

/* Tells why path could not be shared.  Returns -1. */
static int
fail(struct job *j, const char *path, int error)
{
	buf_printf(j->why, "%s: %s", path,
	    error == EEXIST ? "the tree has another file of this name"
			    : strerror(error));
	if (tree_is_full(error))
		*j->full = error;
	return -1;
}

/*
 * Opens the directory of the tree that path's last component lies or belongs
 * in, which *name becomes.  Returns a descriptor, or -1 with errno.
 */
static int
open_parent(struct share *s, const char *path, const char **name)
{
	const char *slash = strrchr(path, '/');
	char *dir;
	int fd, saved;

	*name = slash != NULL ? slash + 1 : path;
	if (slash == NULL)
		return fcntl(s->to, F_DUPFD_CLOEXEC, 0);
	dir = xstrndup(path, (size_t)(slash - path));
	fd = tree_dirs(s->to, dir);
	saved = errno;
	free(dir);
	errno = saved;
	return fd;
}

/* Copies the file fd to name in dir, whole or not at all. */
static int
copy_to(struct share *s, int fd, const struct stat *st, int dir,
    const char *name, bool *copied)
{
	char tmp[32];
	int rc;

	snprintf(tmp, sizeof(tmp), "%u", atomic_fetch_add(&s->next, 1));
	rc = duplicate_file(fd, st, s->tmp, tmp, copied);
	return rc == -1 ? -1 : renameat(s->tmp, tmp, dir, name);
}

/* Tells the first time that files are copied, and why. */
static void
tell(struct share *s, int error)
{
	if (!atomic_flag_test_and_set(&s->told))
		warnx("%s: files of %s are copied: %s", s->to_path,
		    s->from_path, strerror(error));
}

/* Links the file fd, or else copies it, to name in dir, which has none. */
static int
bring(struct share *s, int fd, const struct stat *st, int dir, const char *name)
{
	bool copied = false;
	int error;

	if (duplicate_link(fd, dir, name) == 0)
		return 0;
	error = errno;
	if (!duplicate_may_copy(error))
		return -1;
	if (copy_to(s, fd, st, dir, name, &copied) == -1)
		return -1;
	if (copied)
		tell(s, error);
	return 0;
}

/* Is the file there already?  1, 0, or -1 if it is another one. */
static int
is_there(int dir, const char *name, const struct stat *st)
{
	struct stat there;

	if (fstatat(dir, name, &there, AT_SYMLINK_NOFOLLOW) == -1)
		return errno == ENOENT ? 0 : -1;
	if ((there.st_dev == st->st_dev && there.st_ino == st->st_ino) ||
	    (S_ISREG(there.st_mode) && there.st_size == st->st_size &&
		there.st_mtim.tv_sec == st->st_mtim.tv_sec &&
		there.st_mtim.tv_nsec == st->st_mtim.tv_nsec))
		return 1;
	errno = EEXIST;
	return -1;
}

/* How a file comes into the tree. */
enum way {
	WAY_LINK, /* the same file, or else a copy */
	WAY_COPY,
	WAY_REPLACE /* a copy instead of what is there */
};

/* Puts the file fd into the tree as path. */
static int
put_file(struct job *j, int fd, const char *path, enum way way)
{
	const char *name;
	bool copied;
	struct stat st;
	int dir, rc = -1, error = 0;

	dir = open_parent(j->s, path, &name);
	if (dir != -1 && fstat(fd, &st) == 0)
		rc = way == WAY_REPLACE ? 0 : is_there(dir, name, &st);
	if (rc == 0) {
		rc = way == WAY_LINK
		    ? bring(j->s, fd, &st, dir, name)
		    : copy_to(j->s, fd, &st, dir, name, &copied);
		if (rc == 0)
			list_add(&j->made, path);
	}
	if (rc == -1)
		error = errno;
	if (dir != -1)
		close(dir);
	return rc == -1 ? fail(j, path, error) : 0;
}

/* Shares one file of a step; needed is whether it has to be there. */
static int
share_file(struct job *j, const char *path, bool needed)
{
	int fd, rc;

	if (path == NULL)
		return 0;
	if (!names_own_file(path)) {
		buf_printf(j->why, "%s: not a name of a backup's file", path);
		return -1;
	}
	fd = chain_open(j->s->from, path);
	if (fd == -1)
		return errno == ENOENT && !needed ? 0 : fail(j, path, errno);
	rc = put_file(j, fd, path, WAY_LINK);
	close(fd);
	return rc;
}

/* Are a and b both NULL or equal? */
static bool
same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/*
 * Is each step of part one of the chain?  Manifests are cumulative, so that
 * the first ones are.
 */
static bool
is_part(const struct chain *part, const struct chain *c)
{
	const struct chain_step *a = part->steps, *b = c->steps;
	size_t i;

	if (part->n_steps > c->n_steps)
		return false;
	for (i = 0; i < part->n_steps; i++, a++, b++)
		if (!same(a->ref_path, b->ref_path) ||
		    !same(a->bundle_path, b->bundle_path) ||
		    !same(a->custom_hooks_path, b->custom_hooks_path))
			return false;
	return true;
}

/* Copies the manifest called id if it tells of nothing but the chain. */
static int
share_manifest(
    struct job *j, const char *storage, const char *path, const char *id)
{
	struct buf why = {NULL, 0, 0};
	struct chain part;
	char *file = NULL;
	int fd, rc = 0;

	/* One that is damaged has no part in this. */
	if (chain_read(j->s->from, storage, path, id, NULL, &part, &why) ==
		CHAIN_READ &&
	    is_part(&part, j->c)) {
		file = xasprintf("manifests/%s/%s/%s.toml", storage, path, id);
		fd = chain_open(j->s->from, file);
		rc = fd == -1 ? fail(j, file, errno)
			      : put_file(j, fd, file, WAY_COPY);
		if (fd != -1)
			close(fd);
	}
	chain_free(&part);
	buf_free(&why);
	free(file);
	return rc;
}

/* The manifest of the chain becomes the repository's newest. */
static int
share_latest(struct job *j, const char *dir)
{
	char *from = xasprintf("%s/%s.toml", dir, j->c->id);
	char *to = xasprintf("%s/+latest.toml", dir);
	int fd = chain_open(j->s->from, from), rc;

	rc = fd == -1 ? fail(j, from, errno) : put_file(j, fd, to, WAY_REPLACE);
	if (fd != -1)
		close(fd);
	free(from);
	free(to);
	return rc;
}

/* One of the names in dir, NAME.toml, unless it is none of an older backup. */
static int
share_name(struct job *j, const char *storage, const char *path, char *name)
{
	if (*name == '+' || !text_ends(name, ".toml"))
		return 0;
	name[strlen(name) - strlen(".toml")] = '\0';
	if (strcmp(name, j->s->id) == 0)
		return 0;
	return share_manifest(j, storage, path, name);
}

static int
share_manifests(struct job *j, const char *storage, const char *path)
{
	char *dir = xasprintf("manifests/%s/%s", storage, path);
	struct list names = {NULL, 0};
	size_t i;
	int rc;

	rc =
	    chain_list(j->s->from, dir, &names) == -1 ? fail(j, dir, errno) : 0;
	for (i = 0; rc == 0 && i < names.n; i++)
		rc = share_name(j, storage, path, names.v[i]);
	if (rc == 0)
		rc = share_latest(j, dir);
	list_free(&names);
	free(dir);
	return rc;
}

/* Takes away what was made, and directories that are empty then. */
static void
undo(struct job *j)
{
	char *path, *slash;
	size_t i;

	for (i = j->made.n; i-- > 0;) {
		path = j->made.v[i];
		unlinkat(j->s->to, path, 0);
		while ((slash = strrchr(path, '/')) != NULL) {
			*slash = '\0';
			if (unlinkat(j->s->to, path, AT_REMOVEDIR) == -1)
				break;
		}
	}
}

int
share_repository(struct share *s, const char *storage, const char *path,
    const struct chain *c, struct buf *why, int *full)
{
	struct job j = {s, c, {NULL, 0}, why, full};
	const struct chain_step *step;
	int rc = 0;
	size_t i;

	for (i = 0; rc == 0 && i < c->n_steps; i++) {
		step = &c->steps[i];
		rc = share_file(&j, step->ref_path, true);
		if (rc == 0)
			rc = share_file(&j, step->bundle_path, false);
		if (rc == 0)
			rc = share_file(&j, step->custom_hooks_path, false);
	}
	if (rc == 0)
		rc = share_manifests(&j, storage, path);
	if (rc == -1)
		undo(&j);
	list_free(&j.made);
	return rc;
}

/* Makes one marker in the directory to.  Returns 0, or -1 with errno. */
static int
put_marker(int to, const char *name, const struct stat *st)
{
	const struct timespec when[2] = {st->st_mtim, st->st_mtim};
	int fd, rc, saved;

	fd = openat(to, name,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, MARKER_MODE);
	if (fd == -1)
		return errno == EEXIST ? 0 : -1;
	rc = futimens(fd, when);
	saved = errno;
	close(fd);
	errno = saved;
	return rc;
}

int
share_markers(struct share *s)
{
	struct list names = {NULL, 0};
	int from, to = -1, rc = -1;
	struct stat st;
	size_t i;

	from = chain_open_dir(s->from, "backup_ids");
	if (from == -1 && errno == ENOENT)
		return 0;
	if (from != -1 && chain_list(from, "", &names) == 0)
		to = tree_dirs(s->to, "backup_ids");
	if (to != -1)
		rc = 0;
	for (i = 0; rc == 0 && i < names.n; i++) {
		rc = fstatat(from, names.v[i], &st, AT_SYMLINK_NOFOLLOW);
		if (rc == 0 && S_ISREG(st.st_mode))
			rc = put_marker(to, names.v[i], &st);
	}
	if (rc == -1)
		warn("%s/backup_ids", s->to_path);
	if (from != -1)
		close(from);
	if (to != -1)
		close(to);
	list_free(&names);
	return rc;
}
