/* What gitaly-backup has written into our tree: looked at, and completed. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/io.h"
#include "base/text.h"
#include "git/gitaly_backup_tree.h"
#include "git/manifest.h"
#include "git/tree.h"

#define LATEST "+latest"

struct gitaly_backup_tree {
	const struct gitaly_backup_era *era;
	char *id;
	int root;
	struct tree *tree;
};

struct gitaly_backup_tree *
gitaly_backup_tree_open(
    const char *path, const char *id, const struct gitaly_backup_era *era)
{
	struct gitaly_backup_tree *t = xcalloc(1, sizeof(*t));

	t->era = era;
	t->id = xstrdup(id);
	t->root = -1;
	t->tree = tree_open(path, id);
	if (t->tree != NULL) {
		t->root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (t->root != -1)
			return t;
		warn("%s", path);
	}
	gitaly_backup_tree_close(t, false);
	return NULL;
}

/* Where the version puts the files of a backup that is not an increment. */
static char *
dir_of(const struct gitaly_backup_tree *t, const char *storage,
    const char *path, const char *id)
{
	size_t n = strlen(path);

	if (t->era->manifests)
		return xasprintf("%s/%s/%s", storage, path, id);
	if (n > 4 && text_ends(path, ".git"))
		n -= 4;
	return xasprintf("%.*s/%s", (int)n, path, id);
}

static char *
manifest_of(
    const struct gitaly_backup_tree *t, const char *storage, const char *path)
{
	return xasprintf("manifests/%s/%s/%s.toml", storage, path, t->id);
}

bool
gitaly_backup_tree_has(
    const struct gitaly_backup_tree *t, const char *storage, const char *path)
{
	char *manifest = manifest_of(t, storage, path);
	char *dir = dir_of(t, storage, path, t->id);
	struct stat st;
	bool has;

	has = fstatat(t->root, manifest, &st, AT_SYMLINK_NOFOLLOW) == 0 ||
	    fstatat(t->root, dir, &st, AT_SYMLINK_NOFOLLOW) == 0;
	free(manifest);
	free(dir);
	return has;
}

/* Removes path, in whose directory no symbolic link leads. */
static void
remove_below(int root, const char *path)
{
	char *copy = xstrdup(path), *slash = strrchr(copy, '/');
	int dir;

	*slash = '\0';
	dir = chain_open_dir(root, copy);
	if (dir != -1) {
		io_remove_tree(dir, slash + 1);
		close(dir);
	}
	free(copy);
}

/* Are both files there, with the same bytes? */
static bool
are_equal(int root, const char *a, const char *b)
{
	struct buf x = {NULL, 0, 0}, y = {NULL, 0, 0}, why = {NULL, 0, 0};
	bool equal;

	equal =
	    chain_load(root, a, CHAIN_MANIFEST_MAX, &x, &why) == CHAIN_READ &&
	    chain_load(root, b, CHAIN_MANIFEST_MAX, &y, &why) == CHAIN_READ &&
	    x.len == y.len && memcmp(buf_str(&x), buf_str(&y), x.len) == 0;
	buf_free(&x);
	buf_free(&y);
	buf_free(&why);
	return equal;
}

void
gitaly_backup_tree_failed(
    const struct gitaly_backup_tree *t, const char *storage, const char *path)
{
	char *manifest = manifest_of(t, storage, path);
	char *latest =
	    xasprintf("manifests/%s/%s/" LATEST ".toml", storage, path);
	char *dir = dir_of(t, storage, path, t->id);

	/* Without one the newest of the manifests that stay is the latest. */
	if (are_equal(t->root, latest, manifest))
		remove_below(t->root, latest);
	free(latest);
	remove_below(t->root, manifest);
	remove_below(t->root, dir);
	free(manifest);
	free(dir);
}

/* Gitaly 17.0's sidecars: nothing reads them, and they are in the way. */
static void
remove_attributes(const struct gitaly_backup_tree *t, const char *storage,
    const char *path, const struct chain *c)
{
	const struct chain_step *s = &c->steps[c->n_steps - 1];
	const char *names[] = {
	    s->ref_path, s->bundle_path, s->custom_hooks_path};
	char *file;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i] == NULL)
			continue;
		file = xasprintf("%s.attrs", names[i]);
		remove_below(t->root, file);
		free(file);
	}
	file =
	    xasprintf("manifests/%s/%s/" LATEST ".toml.attrs", storage, path);
	remove_below(t->root, file);
	free(file);
	file = xasprintf("manifests/%s/%s/%s.toml.attrs", storage, path, t->id);
	remove_below(t->root, file);
	free(file);
}

void
gitaly_backup_tree_completed(const struct gitaly_backup_tree *t,
    const char *storage, const char *path, struct capture_result *r)
{
	struct buf why = {NULL, 0, 0};
	struct chain c = {0};

	if (chain_read(t->root, storage, path, t->id, NULL, &c, &why) ==
	    CHAIN_READ) {
		if (t->era->attributes && c.n_steps > 0)
			remove_attributes(t, storage, path, &c);
		gitaly_backup_tree_look(t->root, &c, false, r);
	} else {
		r->status = CAPTURE_FAILED;
		buf_puts(&r->error,
		    "gitaly-backup has completed it, but its manifest: ");
		text_fold(&r->error, buf_str(&why), why.len);
	}
	if (r->status == CAPTURE_FAILED)
		gitaly_backup_tree_failed(t, storage, path);
	chain_free(&c);
	buf_free(&why);
}

/*
 * The step behind c, or the first one for NULL.  The hooks are those of the
 * step before.
 */
static void
write_manifest(const struct gitaly_backup_tree *t, const char *storage,
    const char *path, const struct chain *c, struct buf *text)
{
	size_t n = c != NULL ? c->n_steps : 0, i;
	struct manifest_step *steps = xcalloc(n + 1, sizeof(*steps));
	char *dir = dir_of(t, storage, path, t->id), *names[TREE_FILES], *name;
	struct manifest m = {.steps = steps, .n_steps = n + 1};

	for (i = 0; i < TREE_FILES; i++) {
		name = tree_name(n + 1, (enum tree_file)i);
		names[i] = xasprintf("%s/%s", dir, name);
		free(name);
	}
	for (i = 0; i < n; i++)
		steps[i] = (struct manifest_step){c->steps[i].bundle_path,
		    c->steps[i].ref_path, c->steps[i].previous_ref_path,
		    c->steps[i].custom_hooks_path};
	steps[n] = (struct manifest_step){
	    names[TREE_BUNDLE], names[TREE_REFS], NULL, names[TREE_HOOKS]};
	if (n > 0) {
		steps[n].previous_ref_path = steps[n - 1].ref_path;
		steps[n].custom_hooks_path = steps[n - 1].custom_hooks_path;
	}
	m.empty = m.non_existent = n == 0;
	m.object_format = n > 0 ? c->object_format : "";
	m.head_reference = n > 0 ? c->head_reference : NULL;
	manifest_write(text, &m);
	for (i = 0; i < TREE_FILES; i++)
		free(names[i]);
	free(dir);
	free(steps);
}

/* Copies the list of references to where tree_publish() takes it from. */
static int
copy_list(const struct gitaly_backup_tree *t, const char *file)
{
	char block[IO_SIZE];
	int from, to, rc = -1;
	ssize_t n = -1;

	from = chain_open(t->root, file);
	to = tree_temporary(t->tree, 0, tree_names[TREE_REFS]);
	while (from != -1 && to != -1 &&
	    (n = io_read(from, block, sizeof(block))) > 0)
		if (io_write_all(to, block, (size_t)n) == -1)
			break;
	if (n == 0)
		rc = 0;
	if (from != -1)
		close(from);
	if (to != -1 && close(to) == -1)
		rc = -1;
	return rc;
}

/* A bundle of nothing but its header. */
static int
write_bundle(const struct gitaly_backup_tree *t, const struct chain *c)
{
	const char *header = strcmp(c->object_format, "sha256") == 0
	    ? "# v3 git bundle\n@object-format=sha256\n\n"
	    : "# v2 git bundle\n\n";
	int fd = tree_temporary(t->tree, 0, tree_names[TREE_BUNDLE]), rc;

	if (fd == -1)
		return -1;
	rc = io_write_all(fd, header, strlen(header));
	return close(fd) == -1 ? -1 : rc;
}

/*
 * Writes what a later version would have: for NULL that there is no
 * repository, else behind c a step of the list at refs and an empty bundle.
 * Returns 0, or -1 with errno.
 */
static int
complete(const struct gitaly_backup_tree *t, const char *storage,
    const char *path, const struct chain *c, const char *refs)
{
	char *dir = dir_of(t, storage, path, t->id);
	char *storage_path = xasprintf("%s/%s", storage, path);
	char have[TREE_FILES] = {c != NULL, c != NULL, 0};
	struct buf text = {NULL, 0, 0};
	int rc = 0;

	if (c != NULL && (copy_list(t, refs) == -1 || write_bundle(t, c) == -1))
		rc = -1;
	if (rc == 0) {
		remove_below(t->root, dir);
		write_manifest(t, storage, path, c, &text);
		rc = tree_publish(t->tree, 0, storage_path,
		    c != NULL ? c->n_steps + 1 : 1, have, &text);
	}
	free(dir);
	free(storage_path);
	buf_free(&text);
	return rc;
}

void
gitaly_backup_tree_skipped(const struct gitaly_backup_tree *t,
    const char *storage, const char *path, struct capture_result *r)
{
	char *dir = dir_of(t, storage, path, t->id), *name, *refs = NULL;
	struct buf why = {NULL, 0, 0};
	struct chain c = {0};
	struct stat st;
	bool unchanged = false;

	if (!t->era->adds_unchanged &&
	    chain_read(t->root, storage, path, LATEST, NULL, &c, &why) ==
		CHAIN_READ &&
	    c.n_steps > 0) {
		/* It has listed the references, and then found nothing new. */
		name = tree_name(c.n_steps + 1, TREE_REFS);
		refs = xasprintf("%s/%s", dir, name);
		unchanged =
		    fstatat(t->root, refs, &st, AT_SYMLINK_NOFOLLOW) == 0;
		free(name);
	}
	if (t->era->adds_missing) {
		r->status = CAPTURE_FAILED;
		buf_puts(&r->error, "gitaly-backup has skipped it");
	} else if (complete(t, storage, path, unchanged ? &c : NULL, refs) ==
	    -1) {
		r->status = CAPTURE_FAILED;
		r->full = tree_is_full(errno) ? errno : 0;
		buf_printf(&r->error, "the backup cannot be written: %s",
		    strerror(errno));
	} else {
		gitaly_backup_tree_completed(t, storage, path, r);
	}
	free(dir);
	free(refs);
	buf_free(&why);
	chain_free(&c);
}

int
gitaly_backup_tree_close(struct gitaly_backup_tree *t, bool whole)
{
	char *marker;
	int rc = 0;

	if (t == NULL)
		return 0;
	if (t->root != -1) {
		/* Gitaly 18.11 has written one before all else was durable. */
		marker = xasprintf("backup_ids/%s", t->id);
		remove_below(t->root, marker);
		free(marker);
	}
	if (whole)
		rc = tree_finish(t->tree);
	tree_close(t->tree);
	if (t->root != -1)
		close(t->root);
	free(t->id);
	free(t);
	return rc;
}
