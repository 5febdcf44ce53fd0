/* Walks through a tree's files: whose are they, in whatever layout? */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "git/walk.h"
#include "git/walk_dir.h"

static const char *
last_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

unsigned long
walk_step(const char *path)
{
	const char *name = last_of(path);
	size_t digits = strspn(name, "0123456789");

	return digits < 3 || digits > 5 ||
		(strcmp(name + digits, ".refs") != 0 &&
		    strcmp(name + digits, ".bundle") != 0 &&
		    strcmp(name + digits, ".custom_hooks.tar") != 0)
	    ? 0
	    : strtoul(name, NULL, 10);
}

void
walk_take_off(struct list *l, size_t i)
{
	free(l->v[i]);
	memmove(&l->v[i], &l->v[i + 1], (l->n - i) * sizeof(*l->v));
	l->n--;
}

/*
 * In a storage's directory, STORAGE/PATH/ID, it is the manifest of ID that
 * names the files, or that of a later increment, which came here without all
 * of those before it.  Up to 17.2 Gitaly left a list of references alone there,
 * without a manifest, when it found that an increment had no news.
 */
static int
judge_manifest_files(struct walk *w, struct dir *d)
{
	const char *path = d->path + strlen(d->storage);
	const char *id = strrchr(path, '/');
	size_t i, n_files = d->files.n;
	bool any = false;
	char *repo;
	int rc = 0;

	if (id == NULL) {
		for (i = 0; rc == 0 && i < d->files.n; i++)
			rc = w->damage(w->arg, d->storage,
			    last_of(d->files.v[i]), NULL,
			    "not a file of a backup");
		return rc;
	}
	repo = id > path ? xstrndup(path + 1, (size_t)(id - path - 1))
			 : xstrdup(id + 1);
	if (id > path)
		any = walk_strike(w, d->storage, repo, id + 1, &d->files);
	if (id > path && d->files.n > 0)
		walk_strike(w, d->storage, repo, NULL, &d->files);
	if (!any && n_files == 1 && text_ends(d->files.v[0], ".refs") &&
	    walk_step(d->files.v[0]) > 1)
		walk_take_off(&d->files, 0);
	for (i = 0; rc == 0 && i < d->files.n; i++)
		rc = w->damage(w->arg, d->storage, repo, d->files.v[i],
		    "no manifest names it");
	free(repo);
	return rc;
}

/* Is it a directory of one backup, whether or not its pointer is there? */
static bool
is_backup(const struct dir *d)
{
	return strchr(d->path, '/') != NULL &&
	    (d->pointer ? d->steps || d->parent->pointer
			: d->steps && d->parent->pointer);
}

/* Where nothing can be of the oldest layout, though its name might be so. */
static bool
is_none_of_legacy(const struct dir *d)
{
	return strstr(d->path, ".git/") != NULL || text_ends(d->path, ".git") ||
	    (*d->path == '@' && d->steps);
}

/* Whose are the files of the directory itself? */
static int
judge_files(struct walk *w, struct dir *d)
{
	size_t i;
	int rc = 0;

	if (is_backup(d))
		walk_pointer_backup(w, d);
	else if (d->storage != NULL && !d->pointer)
		return judge_manifest_files(w, d);
	else if (!is_none_of_legacy(d))
		rc = walk_legacy(w, d);
	for (i = 0; rc == 0 && i < d->files.n; i++)
		rc = w->damage(w->arg, "",
		    *d->path != '\0' ? d->path : d->files.v[i],
		    *d->path != '\0' ? d->files.v[i] : NULL,
		    "belongs to no backup");
	return rc;
}

static int walk_dir(struct walk *w, struct dir *d);

/* An entry of a directory: walks on, or notes the file. */
static int
take_entry(struct walk *w, struct dir *d, const char *name, const char *path)
{
	struct dir sub = {.parent = d, .path = path, .storage = d->storage};
	struct stat st;

	if (fstatat(w->root, path, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return walk_stop(w, path);
	if (S_ISDIR(st.st_mode)) {
		if (d->parent == NULL && list_has(&w->storages, name))
			sub.storage = name;
		return walk_dir(w, &sub);
	}
	/* Gitaly 17.0 left *.attrs everywhere, which nobody reads. */
	if ((!d->pointer || strcmp(name, "LATEST") != 0) &&
	    !text_ends(name, ".attrs"))
		list_add(&d->files, path);
	d->steps |= walk_step(name) > 0;
	return 0;
}

/* Has it a pointer, a file?  A repository may have that name, too. */
static bool
has_pointer(const struct walk *w, const struct dir *d)
{
	char *path = xasprintf("%s/LATEST", d->path);
	struct stat st;
	bool has;

	has = d->parent != NULL &&
	    fstatat(w->root, path, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    !S_ISDIR(st.st_mode);
	free(path);
	return has;
}

/* What is at the top of a tree beside files: the rest, and ours of a run. */
static bool
is_reserved(const struct dir *d, const char *name)
{
	return d->parent == NULL &&
	    (*name == '.' || strcmp(name, "manifests") == 0 ||
		strcmp(name, "backup_ids") == 0);
}

static int
walk_dir(struct walk *w, struct dir *d)
{
	struct list names = {NULL, 0};
	char *path;
	size_t i;
	int rc = 0;

	if (chain_list(w->root, d->path, &names) == -1)
		rc = walk_stop(w, *d->path != '\0' ? d->path : ".");
	/* What is in its directories depends on it. */
	d->pointer = has_pointer(w, d);
	for (i = 0; rc == 0 && i < names.n; i++) {
		if (is_reserved(d, names.v[i]))
			continue;
		path = *d->path != '\0'
		    ? xasprintf("%s/%s", d->path, names.v[i])
		    : xstrdup(names.v[i]);
		rc = take_entry(w, d, names.v[i], path);
		free(path);
	}
	if (rc == 0 && (d->files.n > 0 || d->pointer))
		rc = judge_files(w, d);
	if (rc == 0 && (d->backups || (d->pointer && !is_backup(d))))
		rc = walk_pointers(w, d);
	list_free(&names);
	list_free(&d->files);
	list_free(&d->ids);
	return rc;
}

int
walk_files(struct walk *w)
{
	struct dir root = {.path = ""};

	return walk_dir(w, &root);
}
