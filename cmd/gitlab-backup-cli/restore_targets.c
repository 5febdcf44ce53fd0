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
		if (!restore_archive(r, k))
			continue;
		room_way(k, &r->problems);
		if (strcmp(r->opts->existing, "merge") != 0)
			room_mounts(k, &r->problems);
		look_for_kept(r, k);
		add_target(r, l, k->id, k->dir, growth(r, k));
	}
}

/* The bytes below a directory of the backup. */
static uint64_t
backup_bytes(const struct restore *r, const char *dir, const char *name)
{
	char *path = xasprintf("%s/%s%s", r->dir, dir, name);
	uint64_t n =
	    io_tree_bytes(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));

	free(path);
	return n;
}

/* A storage that so many bytes of repositories come to. */
static void
look_at_storage(
    struct restore *r, struct rooms *l, const char *name, uint64_t needed)
{
	const struct site_storage *s = site_storage(r->site, name);
	char *what = xasprintf("storage %s", name);
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
		add_target(r, l, what, s->path, needed);
	}
	free(what);
}

/*
 * The storages that the backup has repositories of, as the directories of
 * manifests tell; older layouts do not, and it may be any of the site's.
 */
static void
find_storages(struct restore *r, struct list *names)
{
	const struct list *wanted = &r->opts->storages;
	char *path = xasprintf("%s/repositories/manifests", r->dir);
	const char *name;
	struct dirent *e;
	DIR *d = opendir(path);
	bool told = d != NULL;
	size_t i;

	if (d == NULL && errno != ENOENT)
		problems_add(&r->problems, PROG_FAILED, "repositories",
		    "%s: %s", path, strerror(errno));
	while (d != NULL && (e = readdir(d)) != NULL)
		if (*e->d_name != '.')
			list_add(names, e->d_name);
	if (d != NULL)
		closedir(d);
	free(path);
	for (i = 0; !told && i < r->site->n_storages; i++) {
		name = r->site->storages[i].name;
		if (wanted->n == 0 || list_has(wanted, name))
			list_add(names, name);
	}
}

static void
look_at_storages(struct restore *r, struct rooms *l)
{
	uint64_t rest = backup_bytes(r, "repositories", ""), known;
	struct list names = {NULL, 0};
	size_t i;

	/* A site without any repository has no manifests either. */
	if (rest > 0)
		find_storages(r, &names);
	known = backup_bytes(r, "repositories/", "manifests");
	for (i = 0; i < names.n; i++)
		known += backup_bytes(r, "repositories/", names.v[i]);
	/* What is in no storage's directory comes to all alike. */
	rest = rest > known ? rest - known : 0;
	for (i = 0; i < names.n; i++)
		look_at_storage(r, l, names.v[i],
		    backup_bytes(r, "repositories/", names.v[i]) +
			rest / names.n);
	list_free(&names);
}

/* Gitaly's object storage may have something of every storage. */
static void
look_at_all_storages(struct restore *r, struct rooms *l)
{
	size_t i;

	for (i = 0; i < r->site->n_storages; i++)
		look_at_storage(r, l, r->site->storages[i].name, 0);
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
