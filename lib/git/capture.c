/* Backs up one repository into the tree, whole or not at all. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"
#include "git/capture.h"
#include "git/manifest.h"
#include "git/names.h"
#include "git/take.h"

/* Opens the temporary files, by their names in the tree, and one more. */
static int
open_files(struct capture *c, struct take *t)
{
	int i;

	t->oids = tree_temporary(c->tree, c->worker, "oids");
	if (t->oids == -1)
		return take_write_failed(t);
	for (i = 0; i < TREE_FILES; i++) {
		t->fd[i] = tree_temporary(c->tree, c->worker, tree_names[i]);
		if (t->fd[i] == -1)
			return take_write_failed(t);
	}
	return 0;
}

/* Returns 0, or -1 if the system reports a late failure to write. */
static int
close_files(struct take *t)
{
	int i, rc = 0;

	if (t->oids != -1)
		close(t->oids);
	for (i = 0; i < TREE_FILES; i++)
		if (t->fd[i] != -1 && close(t->fd[i]) == -1)
			rc = -1;
	return rc;
}

/* Writes the manifest's text and moves everything to its place. */
static int
publish(struct capture *c, const char *storage_path, const struct take *t,
    bool missing)
{
	struct buf text = {NULL, 0, 0};
	struct manifest_step step;
	struct manifest m = {0};
	char have[TREE_FILES];
	char *path[TREE_FILES];
	int i, rc, saved;

	for (i = 0; i < TREE_FILES; i++)
		path[i] =
		    xasprintf("%s/%s/%s", storage_path, c->id, tree_names[i]);
	step.bundle_path = path[TREE_BUNDLE];
	step.ref_path = path[TREE_REFS];
	step.custom_hooks_path = path[TREE_HOOKS];
	m.empty = t->refs.n == 0;
	m.non_existent = missing;
	m.object_format = buf_str(&t->format);
	/* TOML is UTF-8: a name that is not would spoil the whole manifest. */
	if (t->head.len > 0 && names_bad_path(t->head.data) == NULL)
		m.head_reference = t->head.data;
	m.steps = &step;
	m.n_steps = 1;
	manifest_write(&text, &m);
	have[TREE_REFS] = !missing;
	have[TREE_BUNDLE] = t->refs.n > 0;
	have[TREE_HOOKS] = t->has_hooks;
	rc = tree_publish(c->tree, c->worker, storage_path, have, &text);
	saved = errno;
	for (i = 0; i < TREE_FILES; i++)
		free(path[i]);
	buf_free(&text);
	errno = saved;
	return rc;
}

/*
 * Whom git and tar run as: the first owner but root on the way down to path.
 * Whoever owns what lies above a repository may put another one there, or a
 * link to one of root's, at any time.
 */
static int
find_owner(const struct storage *s, const char *path, struct stat *st)
{
	char *copy = xstrdup(path), *p = copy;
	int rc = fstat(s->fd, st);

	while (rc == 0 && st->st_uid == 0 && p != NULL) {
		p = strchr(p, '/');
		if (p != NULL)
			*p = '\0';
		rc = fstatat(s->fd, copy, st, AT_SYMLINK_NOFOLLOW);
		if (p != NULL)
			*p++ = '/';
	}
	free(copy);
	return rc;
}

/* Reads the repository into the temporary files.  Returns 0 or -1. */
static int
read_repository(struct capture *c, const struct storage *s, const char *path,
    struct take *t)
{
	struct stat st;
	int rc = -1;

	if (find_owner(s, path, &st) == -1)
		buf_puts(&t->why, strerror(errno));
	else if (run_as(&c->owner, &st, &t->user) == -1)
		buf_puts(&t->why, "its owner cannot be looked up");
	else if (open_files(c, t) == 0)
		rc = take_repository(t);
	/* A failed one's files may hold the last bytes of the disk. */
	if (rc == -1 && t->oids != -1 && t->fd[TREE_FILES - 1] != -1)
		take_empty(t);
	if (close_files(t) == -1 && rc == 0)
		rc = take_write_failed(t);
	return rc;
}

/*
 * Nothing at path: then neither may one of its components be a symbolic link
 * to what is not mounted.  Returns 1 if there truly is nothing.
 */
static int
is_absent(int dirfd, const char *path)
{
	char *copy = xstrdup(path), *slash;
	struct stat st;
	int absent = -1;

	while (absent == -1) {
		if (fstatat(dirfd, copy, &st, AT_SYMLINK_NOFOLLOW) == 0)
			absent = !S_ISLNK(st.st_mode);
		else if (errno != ENOENT)
			absent = 0;
		else if ((slash = strrchr(copy, '/')) == NULL)
			absent = 1;
		else
			*slash = '\0';
	}
	free(copy);
	return absent;
}

/*
 * Git goes by the path, we by the descriptor: both must have read the same
 * repository.  One that is gone now was whole before, or git had failed.
 */
static int
check_place(const struct storage *s, const char *path, struct take *t)
{
	struct stat now, then;

	if (fstatat(s->fd, path, &now, 0) == -1 || fstat(t->repo, &then) == -1)
		return 0;
	if (now.st_dev == then.st_dev && now.st_ino == then.st_ino)
		return 0;
	buf_puts(&t->why, "another took its place while it was read");
	return -1;
}

/* The whole of it.  Returns 0 with r->status set, or -1 with t->why set. */
static int
capture(struct capture *c, const struct storage *s, const char *path,
    struct take *t, struct capture_result *r)
{
	char *storage_path;
	int rc = 0, missing;

	t->repo = openat(s->fd, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	missing = t->repo == -1;
	if (missing && errno != ENOENT) {
		buf_puts(&t->why, strerror(errno));
		return -1;
	}
	if (missing && !is_absent(s->fd, path)) {
		buf_puts(
		    &t->why, "a symbolic link that leads to it is dangling");
		return -1;
	}
	if (!missing &&
	    (read_repository(c, s, path, t) == -1 ||
		check_place(s, path, t) == -1))
		return -1;
	storage_path = xasprintf("%s/%s", s->name, path);
	if (publish(c, storage_path, t, missing) == -1)
		rc = take_write_failed(t);
	free(storage_path);
	r->status = missing  ? CAPTURE_MISSING
	    : t->refs.n == 0 ? CAPTURE_EMPTY
			     : CAPTURE_OK;
	return rc;
}

/* Tells of the references that are left out. */
static void
tell_broken(const struct take_broken *b, struct capture_result *r)
{
	size_t i;

	if (b->n == 0)
		return;
	for (i = 0; i < b->names.n; i++)
		list_addf(&r->left_out, "%s: a broken reference, left out",
		    b->names.v[i]);
	if (b->n > b->names.n)
		list_addf(&r->left_out, "%llu more broken references, left out",
		    (unsigned long long)(b->n - b->names.n));
	buf_printf(&r->error,
	    "%llu broken references are left out; the first is %s",
	    (unsigned long long)b->n, b->names.v[0]);
}

void
capture_repository(struct capture *c, const struct storage *s, const char *path,
    struct capture_result *r)
{
	struct take t = {0};
	char *dir = xasprintf("%s/%s", s->dir, path);
	int i;

	t.env = c->env;
	t.dir = dir;
	t.repo = t.oids = -1;
	for (i = 0; i < TREE_FILES; i++)
		t.fd[i] = -1;
	if (capture(c, s, path, &t, r) == 0) {
		r->refs = t.refs.n;
		r->bytes = t.bytes;
		tell_broken(&t.broken, r);
	} else {
		r->status = CAPTURE_FAILED;
		r->full = t.full;
		text_fold(&r->error, buf_str(&t.why), t.why.len);
	}
	if (t.repo != -1)
		close(t.repo);
	take_free(&t);
	free(dir);
}
