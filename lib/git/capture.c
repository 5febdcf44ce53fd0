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
#include "git/each.h"
#include "git/manifest.h"
#include "git/names.h"
#include "git/take.h"

/* One repository. */
struct job {
	const struct storage *s;
	const char *path;
	bool missing; /* there is none at path */
	struct chain former; /* what an increment builds upon */
};

/* Opens the temporary files, by their names in the tree, and one more. */
static int
open_files(struct capture *c, struct take *t)
{
	int i;

	t->oids = tree_temporary(c->tree, c->worker, "oids");
	if (t->oids != -1)
		t->walk = tree_temporary(c->tree, c->worker, "walk");
	if (t->oids == -1 || t->walk == -1)
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
	if (t->walk != -1)
		close(t->walk);
	for (i = 0; i < TREE_FILES; i++)
		if (t->fd[i] != -1 && close(t->fd[i]) == -1)
			rc = -1;
	return rc;
}

/* The steps of the former backup, and behind them the new one. */
static struct manifest_step *
make_steps(const struct chain *former, size_t n, char *const path[TREE_FILES])
{
	struct manifest_step *steps = xcalloc(n, sizeof(*steps));
	const struct chain_step *s = former->steps;
	size_t i;

	for (i = 0; i + 1 < n; i++, s++)
		steps[i] = (struct manifest_step){s->bundle_path, s->ref_path,
		    s->previous_ref_path, s->custom_hooks_path};
	steps[i].bundle_path = path[TREE_BUNDLE];
	steps[i].ref_path = path[TREE_REFS];
	steps[i].custom_hooks_path = path[TREE_HOOKS];
	if (i > 0)
		steps[i].previous_ref_path = former->steps[i - 1].ref_path;
	return steps;
}

/* Appends the manifest's text, with n steps. */
static void
write_manifest(struct capture *c, const struct job *j, size_t n,
    const struct take *t, struct buf *text)
{
	struct manifest_step *steps;
	struct manifest m = {0};
	char *path[TREE_FILES], *name;
	int i;

	for (i = 0; i < TREE_FILES; i++) {
		name = tree_name(n, (enum tree_file)i);
		path[i] =
		    xasprintf("%s/%s/%s/%s", j->s->name, j->path, c->id, name);
		free(name);
	}
	steps = make_steps(&j->former, n, path);
	m.empty = t->refs.n == 0;
	m.non_existent = j->missing;
	m.object_format = buf_str(&t->format);
	/* TOML is UTF-8: a name that is not would spoil the whole manifest. */
	if (t->head.len > 0 && names_bad_path(t->head.data) == NULL)
		m.head_reference = t->head.data;
	m.steps = steps;
	m.n_steps = n;
	manifest_write(text, &m);
	for (i = 0; i < TREE_FILES; i++)
		free(path[i]);
	free(steps);
}

/* Writes the manifest's text and moves everything to its place. */
static int
publish(struct capture *c, const struct job *j, const struct take *t,
    struct capture_result *r)
{
	char *storage_path = xasprintf("%s/%s", j->s->name, j->path);
	struct buf text = {NULL, 0, 0};
	char have[TREE_FILES];
	int rc, saved;

	r->steps = t->increment ? j->former.n_steps + 1 : 1;
	write_manifest(c, j, r->steps, t, &text);
	have[TREE_REFS] = !j->missing;
	have[TREE_BUNDLE] = t->refs.n > 0;
	have[TREE_HOOKS] = t->has_hooks;
	rc = tree_publish(
	    c->tree, c->worker, storage_path, r->steps, have, &text);
	saved = errno;
	free(storage_path);
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

/* Looks for a backup to build upon; without a usable one it is a full one. */
static void
find_former(struct capture *c, struct job *j, struct take *t)
{
	struct buf why = {NULL, 0, 0}, line = {NULL, 0, 0};

	if (prior_find(c->prior, j->s->name, j->path, &j->former, &t->earlier,
		&why) == -1) {
		buf_puts(&line, "its newest backup cannot be built upon: ");
		text_fold(&line, buf_str(&why), why.len);
		each_complain(j->s->name, j->path, buf_str(&line));
	}
	t->earlier_format = j->former.object_format;
	buf_free(&why);
	buf_free(&line);
}

/* The whole of it.  Returns 0 with r->status set, or -1 with t->why set. */
static int
capture(
    struct capture *c, struct job *j, struct take *t, struct capture_result *r)
{
	t->repo = openat(j->s->fd, j->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	j->missing = t->repo == -1;
	if (j->missing && errno != ENOENT) {
		buf_puts(&t->why, strerror(errno));
		return -1;
	}
	if (j->missing && !is_absent(j->s->fd, j->path)) {
		buf_puts(
		    &t->why, "a symbolic link that leads to it is dangling");
		return -1;
	}
	if (!j->missing && c->prior != NULL)
		find_former(c, j, t);
	if (!j->missing && read_repository(c, j->s, j->path, t) == -1)
		return -1;
	if (publish(c, j, t, r) == -1)
		return take_write_failed(t);
	r->status = j->missing ? CAPTURE_MISSING
	    : t->refs.n == 0   ? CAPTURE_EMPTY
	    : t->unchanged     ? CAPTURE_UNCHANGED
			       : CAPTURE_OK;
	return 0;
}

void
capture_repository(struct capture *c, const struct storage *s, const char *path,
    struct capture_result *r)
{
	char *dir = xasprintf("%s/%s", s->dir, path);
	struct job j = {.s = s, .path = path};
	struct take t = {0};
	int i;

	t.env = c->env;
	t.dir = dir;
	t.repo = t.oids = t.walk = t.earlier = -1;
	for (i = 0; i < TREE_FILES; i++)
		t.fd[i] = -1;
	if (capture(c, &j, &t, r) == 0) {
		r->refs = t.refs.n;
		r->bytes = t.bytes;
	} else {
		r->status = CAPTURE_FAILED;
		r->full = t.full;
		text_fold(&r->error, buf_str(&t.why), t.why.len);
	}
	if (t.repo != -1)
		close(t.repo);
	if (t.earlier != -1)
		close(t.earlier);
	chain_free(&j.former);
	take_free(&t);
	free(dir);
}
