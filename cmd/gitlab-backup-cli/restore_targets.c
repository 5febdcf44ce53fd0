/* Where a restore writes to: storages and directories. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/io.h"
#include "base/prog.h"
#include "base/text.h"
#include "restore.h"
#include "room.h"

static bool
may_write(const char *path)
{
	return faccessat(AT_FDCWD, path, W_OK | X_OK, AT_EACCESS) == 0;
}

/* Adds a target that needs so many bytes on the device of the path. */
static void
add_target(struct restore *r, struct rooms *l, const char *what,
    const char *path, uint64_t needed)
{
	char *near = room_existing(path);
	struct room *room = room_of(l, near);

	if (room == NULL || !may_write(near))
		problems_add(&r->problems, PROG_FAILED, what, "%s: %s", near,
		    strerror(errno));
	if (room != NULL)
		room->needed += needed;
	preflight_target(r, what, path, room != NULL ? room->mount : NULL,
	    needed, room != NULL ? room->free : UINT64_MAX);
	free(near);
}

/*
 * What another hand has put aside beside dir or in it: our rollback would
 * bring it back, too.
 */
static void
look_for_kept(struct restore *r, const struct site_kind *k)
{
	char *dir = realpath(k->dir, NULL), *places[2];
	struct stat st;
	size_t i;

	if (r->earlier != JOURNAL_NONE || dir == NULL) {
		free(dir);
		return;
	}
	places[0] = xasprintf("%s.glb-restore", dir);
	places[1] = xasprintf("%s/.glb-restore", dir);
	for (i = 0; i < 2; i++) {
		if (lstat(places[i], &st) == 0)
			problems_add(&r->problems, PROG_FAILED, k->id,
			    "%s is of an earlier unpacking: glb-blobs "
			    "discard %s, or rollback %s, comes first",
			    places[i], k->dir, k->dir);
		free(places[i]);
	}
	free(dir);
}

/* The same for repositories, on a storage. */
static void
look_for_replaced(struct restore *r, const char *what, const char *path)
{
	char *name = xasprintf("%s/+gitaly", path);
	struct dirent *e;
	DIR *d = NULL;

	if (r->earlier == JOURNAL_NONE)
		d = opendir(name);
	while (d != NULL && (e = readdir(d)) != NULL)
		if (text_starts(e->d_name, "glb-restore."))
			problems_add(&r->problems, PROG_FAILED, what,
			    "%s/%s is of an earlier restore: glb-repos "
			    "discard, or rollback, comes first",
			    name, e->d_name);
	if (d != NULL)
		closedir(d);
	free(name);
}

/* The bytes that the archive called name brings, as far as they are known. */
static uint64_t
size_of(const struct restore *r, const char *name)
{
	json_object *o;
	size_t i;

	for (i = 0; i < json_object_array_length(r->contents); i++) {
		o = json_object_array_get_idx(r->contents, i);
		if (strcmp(js_string(o, "file"), name) == 0)
			return js_number(o, "content_bytes");
	}
	return 0;
}

/* What a directory brings more than what goes before. */
static uint64_t
growth(const struct restore *r, const struct site_kind *k)
{
	uint64_t come = size_of(r, k->archive), go = 0;

	if (strcmp(r->opts->existing, "delete") == 0)
		go = io_tree_bytes(
		    open(k->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	return come > go ? come - go : 0;
}

static void
look_at_kinds(struct restore *r, struct rooms *l)
{
	const struct site_kind *k;
	size_t i;

	for (i = 0; i < r->site->n_kinds; i++) {
		k = &r->site->kinds[i];
		if (!list_has(&r->tasks, k->id))
			continue;
		room_way(k, &r->problems);
		if (strcmp(r->opts->existing, "merge") != 0)
			room_mounts(k, &r->problems);
		look_for_kept(r, k);
		add_target(r, l, k->id, k->dir, growth(r, k));
	}
}

/* One storage that the backup has repositories of. */
static void
look_at_storage(struct restore *r, struct rooms *l, const char *name)
{
	const struct site_storage *s = site_storage(r->site, name);
	char *what = xasprintf("storage %s", name), *tree;
	struct stat st;

	if (s == NULL) {
		problems_add(&r->problems, PROG_FAILED, what,
		    "the backup has it, the site does not");
	} else if (r->engine.gitaly) {
		engine_look_at_storage(s, what, &r->problems);
		preflight_target(
		    r, what, s->address, "Gitaly", UINT64_MAX, UINT64_MAX);
	} else if (s->path == NULL) {
		problems_add(&r->problems, PROG_FAILED, what,
		    "its directory is not known");
	} else if (stat(s->path, &st) == -1) {
		problems_add(&r->problems, PROG_FAILED, what, "%s: %s", s->path,
		    strerror(errno));
	} else {
		look_for_replaced(r, what, s->path);
		tree = xasprintf("%s/repositories/%s", r->dir, name);
		add_target(r, l, what, s->path,
		    io_tree_bytes(
			open(tree, O_RDONLY | O_DIRECTORY | O_CLOEXEC)));
		free(tree);
	}
	free(what);
}

/* Is the tree of repositories an empty directory? */
static bool
has_nothing(const struct restore *r)
{
	char *path = xasprintf("%s/repositories", r->dir);
	bool nothing = errno == ENOENT &&
	    io_tree_bytes(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == 0;

	free(path);
	return nothing;
}

static void
look_at_storages(struct restore *r, struct rooms *l)
{
	char *path = xasprintf("%s/repositories/manifests", r->dir);
	struct dirent *e;
	DIR *d = opendir(path);

	/* A site without any has no manifests either. */
	if (d == NULL && !has_nothing(r))
		problems_add(&r->problems, PROG_FAILED, "repositories",
		    "%s: %s: a tree of another layout than the manifests'",
		    path, strerror(errno));
	while (d != NULL && (e = readdir(d)) != NULL)
		if (*e->d_name != '.')
			look_at_storage(r, l, e->d_name);
	if (d != NULL)
		closedir(d);
	free(path);
}

/* Gitaly's object storage may have something of every storage. */
static void
look_at_all_storages(struct restore *r, struct rooms *l)
{
	size_t i;

	for (i = 0; i < r->site->n_storages; i++)
		look_at_storage(r, l, r->site->storages[i].name);
}

void
preflight_targets(struct restore *r)
{
	struct rooms l = {NULL, 0};

	if (list_has(&r->tasks, "repositories") && r->server_side)
		look_at_all_storages(r, &l);
	else if (list_has(&r->tasks, "repositories"))
		look_at_storages(r, &l);
	look_at_kinds(r, &l);
	room_judge(&l, &r->problems);
	room_free(&l);
}
