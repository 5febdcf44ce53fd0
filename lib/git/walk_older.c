/* Whose a tree's files are in the layouts before the manifests'. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "git/layout.h"
#include "git/walk_dir.h"

static int
compare(const void *key, const void *entry)
{
	return strcmp(key, *(char *const *)entry);
}

static bool
has_file(const struct list *files, const char *path)
{
	return files->n > 0 &&
	    bsearch(path, files->v, files->n, sizeof(*files->v), compare) !=
	    NULL;
}

/*
 * Takes off what manifests of the repository, on any storage, name: Gitaly
 * 16.5 to 16.9 wrote some beside the older layouts.
 */
static void
strike(const struct walk *w, const char *repo, struct list *files)
{
	char *path = xasprintf("%s.git", repo);
	size_t i;

	for (i = 0; i < w->storages.n && files->n > 0; i++) {
		walk_strike(w, w->storages.v[i], path, NULL, files);
		walk_strike(w, w->storages.v[i], repo, NULL, files);
	}
	free(path);
}

/* Takes off all that is of the chain c, or of any for NULL. */
static void
take_steps(struct list *files, const struct chain *c)
{
	unsigned long step;
	size_t i;

	for (i = files->n; i-- > 0;) {
		step = walk_step(files->v[i]);
		if (step > 0 && (c == NULL || step <= c->n_steps))
			walk_take_off(files, i);
	}
	/* All that is left of a step without news is its list. */
	if (c != NULL && files->n == 1 &&
	    walk_step(files->v[0]) == c->n_steps + 1 &&
	    text_ends(files->v[0], ".refs"))
		walk_take_off(files, 0);
}

void
walk_pointer_backup(const struct walk *w, struct dir *d)
{
	const char *id = strrchr(d->path, '/') + 1, *last = NULL;
	char *repo = xstrndup(d->path, (size_t)(id - d->path - 1));
	char *path = xasprintf("%s.git", repo);
	struct buf why = {NULL, 0, 0};
	struct chain c = {0};
	bool had;

	if (d->pointer &&
	    layout_pointer(w->root, path, id, &c, &why) == CHAIN_READ)
		last = c.steps[c.n_steps - 1].ref_path;
	had = last != NULL && has_file(&d->files, last);
	strike(w, repo, &d->files);
	/* Named by manifests to its end, it is examined as those say. */
	if (d->pointer && (!had || has_file(&d->files, last)) &&
	    (w->id == NULL || strcmp(w->id, id) == 0))
		list_add(&d->parent->ids, id);
	d->parent->backups |= d->pointer;
	if (d->pointer)
		take_steps(&d->files, last != NULL ? &c : NULL);
	chain_free(&c);
	buf_free(&why);
	free(path);
	free(repo);
}

/* Hands over a repository of an older layout. */
static int
hand_over(struct walk *w, enum chain_layout layout, const char *repo,
    struct list *ids)
{
	struct subject s = {.layout = layout, .storage = ""};
	char *path = xasprintf("%s.git", repo);
	int rc;

	s.path = path;
	s.latest = w->id == NULL;
	if (ids != NULL) {
		s.ids = *ids;
		*ids = (struct list){NULL, 0};
	}
	rc = w->found(w->arg, &s);
	list_free(&s.ids);
	free(path);
	return rc;
}

int
walk_pointers(struct walk *w, struct dir *d)
{
	struct buf why = {NULL, 0, 0};
	struct chain c;
	char *path;
	int rc = 0;

	if (d->ids.n > 0)
		return hand_over(w, CHAIN_POINTER, d->path, &d->ids);
	if (w->id != NULL)
		return 0;
	/* Nothing to examine, but where does the pointer lead? */
	path = xasprintf("%s.git", d->path);
	if (layout_pointer(w->root, path, NULL, &c, &why) != CHAIN_READ)
		rc = w->damage(w->arg, "", path, NULL, buf_str(&why));
	chain_free(&c);
	buf_free(&why);
	free(path);
	return rc;
}

/* Is there REPO beside REPO/custom_hooks.tar? */
static bool
has_repository(const struct walk *w, const char *repo)
{
	char *bundle = xasprintf("%s.bundle", repo);
	char *refs = xasprintf("%s.refs", repo);
	struct stat st;
	bool there;

	there = fstatat(w->root, bundle, &st, AT_SYMLINK_NOFOLLOW) == 0 ||
	    fstatat(w->root, refs, &st, AT_SYMLINK_NOFOLLOW) == 0;
	free(bundle);
	free(refs);
	return there;
}

/* The REPO that the file is of, to be freed; NULL: of none. */
static char *
repo_of(const char *file)
{
	static const char *const ends[] = {
	    ".bundle", ".refs", "/custom_hooks.tar"};
	size_t i;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (text_ends(file, ends[i]))
			return xstrndup(file, strlen(file) - strlen(ends[i]));
	return NULL;
}

/* Takes off what manifests name. */
static void
strike_all(const struct walk *w, struct list *files)
{
	size_t i = 0, before;
	char *repo;

	while (w->storages.n > 0 && i < files->n) {
		before = files->n;
		repo = repo_of(files->v[i]);
		if (repo != NULL)
			strike(w, repo, files);
		free(repo);
		/* Where some are taken off, another one has this number. */
		if (files->n == before)
			i++;
	}
}

int
walk_legacy(struct walk *w, struct dir *d)
{
	struct list rest = {NULL, 0};
	char *repo, *bundle;
	const char *f;
	size_t i;
	int rc = 0;

	strike_all(w, &d->files);
	for (i = 0; rc == 0 && i < d->files.n; i++) {
		f = d->files.v[i];
		repo = repo_of(f);
		if (repo == NULL ||
		    (text_ends(f, ".tar") && !has_repository(w, repo))) {
			list_add(&rest, f);
			free(repo);
			continue;
		}
		/* Once, and by no name, as there is none. */
		bundle = xasprintf("%s.bundle", repo);
		if (w->id == NULL && !text_ends(f, ".tar") &&
		    (text_ends(f, ".bundle") || !has_file(&d->files, bundle)))
			rc = hand_over(w, CHAIN_LEGACY, repo, NULL);
		free(bundle);
		free(repo);
	}
	list_free(&d->files);
	d->files = rest;
	return rc;
}
