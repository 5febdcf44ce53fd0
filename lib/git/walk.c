/* What a tree of backups holds: its manifests, and what they name. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "git/walk.h"

int
walk_stop(struct walk *w, const char *path)
{
	w->unreadable(w->arg, path);
	return -1;
}

/* A file among the manifests.  Its id joins ids if it is wanted. */
static int
manifest(struct walk *w, const char *storage, const char *path,
    const char *name, struct list *ids)
{
	size_t n = strlen(name);

	if (!text_ends(name, ".toml") || *path == '\0')
		return w->damage(
		    w->arg, storage, path, name, "not a file of a backup");
	if (w->id == NULL ||
	    (strlen(w->id) == n - 5 && memcmp(w->id, name, n - 5) == 0))
		list_addf(ids, "%.*s", (int)(n - 5), name);
	return 0;
}

/* Hands over what the manifests ids name. */
static int
hand_over(
    struct walk *w, const char *storage, const char *path, struct list *ids)
{
	struct subject s = {.layout = CHAIN_MANIFEST};
	int rc;

	s.storage = storage;
	s.path = path;
	s.ids = *ids;
	*ids = (struct list){NULL, 0};
	rc = w->found(w->arg, &s);
	list_free(&s.ids);
	return rc;
}

/*
 * Walks through the directory dir of manifests, "manifests/STORAGE/PATH".
 * Returns 0, or -1 to stop.
 */
static int
walk_manifests(struct walk *w, const char *storage, const char *dir)
{
	const char *path = dir + strlen("manifests/") + strlen(storage);
	struct list names = {NULL, 0}, ids = {NULL, 0};
	struct stat st;
	char *sub;
	size_t i;
	int rc = 0;

	path += *path == '/';
	if (chain_list(w->root, dir, &names) == -1)
		rc = walk_stop(w, dir);
	else if (names.n == 0 && *path != '\0')
		rc = w->damage(w->arg, storage, path, NULL, "no manifest");
	for (i = 0; rc == 0 && i < names.n; i++) {
		sub = xasprintf("%s/%s", dir, names.v[i]);
		if (fstatat(w->root, sub, &st, AT_SYMLINK_NOFOLLOW) == -1)
			rc = walk_stop(w, sub);
		else if (S_ISDIR(st.st_mode))
			rc = walk_manifests(w, storage, sub);
		else
			rc = manifest(w, storage, path, names.v[i], &ids);
		free(sub);
	}
	if (rc == 0 && ids.n > 0)
		rc = hand_over(w, storage, path, &ids);
	list_free(&names);
	list_free(&ids);
	return rc;
}

/* Does a chain name the file? */
static bool
names_file(const struct chain *c, const char *file)
{
	const struct chain_step *s;

	for (s = c->steps; c->steps != NULL && s < c->steps + c->n_steps; s++)
		if (strcmp(s->ref_path, file) == 0 ||
		    (s->bundle_path != NULL &&
			strcmp(s->bundle_path, file) == 0) ||
		    (s->custom_hooks_path != NULL &&
			strcmp(s->custom_hooks_path, file) == 0))
			return true;
	return false;
}

/* The same for the manifest id alone. */
static bool
strike_one(const struct walk *w, const char *storage, const char *path,
    const char *id, struct list *files)
{
	struct buf why = {NULL, 0, 0};
	enum chain_found found;
	struct chain c;
	size_t i, left = 0;

	found = chain_read(w->root, storage, path, id, NULL, &c, &why);
	if (c.layout != CHAIN_MANIFEST)
		found = CHAIN_NONE;
	for (i = 0; found != CHAIN_NONE && i < files->n; i++)
		if (found != CHAIN_READ || names_file(&c, files->v[i]))
			free(files->v[i]);
		else
			files->v[left++] = files->v[i];
	if (found != CHAIN_NONE && files->v != NULL)
		files->v[files->n = left] = NULL;
	chain_free(&c);
	buf_free(&why);
	return found != CHAIN_NONE;
}

bool
walk_strike(const struct walk *w, const char *storage, const char *path,
    const char *id, struct list *files)
{
	struct list names = {NULL, 0};
	bool any = false;
	char *dir;
	size_t i, n;

	if (id != NULL)
		return strike_one(w, storage, path, id, files);
	dir = xasprintf("manifests/%s/%s", storage, path);
	chain_list(w->root, dir, &names);
	for (i = 0; files->n > 0 && i < names.n; i++) {
		n = strlen(names.v[i]);
		if (!text_ends(names.v[i], ".toml") || *names.v[i] == '+')
			continue;
		names.v[i][n - strlen(".toml")] = '\0';
		any |= strike_one(w, storage, path, names.v[i], files);
	}
	list_free(&names);
	free(dir);
	return any;
}

int
walk_tree(struct walk *w)
{
	char *dir;
	size_t i;
	int rc = 0;

	if (chain_list(w->root, "manifests", &w->storages) == -1 &&
	    errno != ENOENT)
		rc = walk_stop(w, "manifests");
	for (i = 0; rc == 0 && i < w->storages.n; i++) {
		dir = xasprintf("manifests/%s", w->storages.v[i]);
		rc = walk_manifests(w, w->storages.v[i], dir);
		free(dir);
	}
	if (rc == 0)
		rc = walk_files(w);
	list_free(&w->storages);
	return rc;
}
