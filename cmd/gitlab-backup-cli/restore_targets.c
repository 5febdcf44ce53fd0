/* Where a restore writes to: storages, directories, devices and their room. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/io.h"
#include "base/num.h"
#include "base/prog.h"
#include "base/text.h"
#include "restore.h"
#include "site/path.h"

/* A device that something comes onto. */
struct room {
	dev_t dev;
	uint64_t needed, free;
	char *mount;
};

struct rooms {
	struct room *v;
	size_t n;
};

/* The nearest directory of path that exists, "/" at last; to be freed. */
static char *
existing(const char *path)
{
	char *p = xstrdup(path), *up;
	struct stat st;

	while (stat(p, &st) == -1 && strcmp(p, "/") != 0) {
		up = path_parent(p);
		free(p);
		p = up;
	}
	return p;
}

/* The topmost directory on path's device, where that is mounted; to be freed.
 */
static char *
mount_of(const char *path, dev_t dev)
{
	char *at = realpath(path, NULL), *up;
	struct stat st;

	if (at == NULL)
		return xstrdup(path);
	while (strcmp(at, "/") != 0) {
		up = path_parent(at);
		if (stat(up, &st) == -1 || st.st_dev != dev) {
			free(up);
			break;
		}
		free(at);
		at = up;
	}
	return at;
}

/* The device of the existing directory path, with what is free for us. */
static struct room *
room_of(struct rooms *l, const char *path)
{
	struct statvfs fs;
	struct stat st;
	size_t i;

	if (stat(path, &st) == -1 || statvfs(path, &fs) == -1)
		return NULL;
	for (i = 0; i < l->n; i++)
		if (l->v[i].dev == st.st_dev)
			return &l->v[i];
	l->v = xreallocarray(l->v, l->n + 1, sizeof(*l->v));
	l->v[l->n] = (struct room){.dev = st.st_dev,
	    .free = (geteuid() == 0 ? fs.f_bfree : fs.f_bavail) * fs.f_frsize,
	    .mount = mount_of(path, st.st_dev)};
	return &l->v[l->n++];
}

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
	char *near = existing(path);
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

/* "\040" and the like stand for blanks in a line of mountinfo. */
static void
unescape(char *s)
{
	char *to = s;

	for (; *s != '\0'; s++, to++) {
		*to = *s;
		if (s[0] != '\\' || strspn(s + 1, "01234567") < 3)
			continue;
		*to = (char)((s[1] - '0') * 64 + (s[2] - '0') * 8 + s[3] - '0');
		s += 3;
	}
	*to = '\0';
}

/* Is the mount point, seen from the directory, one that is left alone? */
static bool
left_alone(const struct site_kind *k, const char *below)
{
	size_t n = strcspn(below, "/");

	return (n == strlen("lost+found") &&
		   strncmp(below, "lost+found", n) == 0) ||
	    (k->exclude != NULL && n == strlen(k->exclude) &&
		strncmp(below, k->exclude, n) == 0);
}

/* What is mounted inside of a directory cannot be moved aside. */
static void
look_for_mounts(struct restore *r, const struct site_kind *k)
{
	char *dir = realpath(k->dir, NULL), *line = NULL, *point, *rest;
	size_t size = 0, n;
	FILE *f;
	int i;

	f = dir != NULL ? fopen("/proc/self/mountinfo", "re") : NULL;
	n = dir != NULL ? strlen(dir) : 0;
	/* ID, parent, device, root, mount point. */
	while (f != NULL && getline(&line, &size, f) != -1) {
		rest = line;
		for (i = 0, point = NULL; i < 5 && rest != NULL; i++)
			point = strsep(&rest, " ");
		if (point == NULL || rest == NULL)
			continue;
		unescape(point);
		if (strncmp(point, dir, n) == 0 && point[n] == '/' &&
		    !left_alone(k, point + n + 1))
			problems_add(&r->problems, PROG_FAILED, k->id,
			    "%s is a mount point, which cannot be moved aside "
			    "(--existing=merge)",
			    point);
	}
	if (f != NULL)
		fclose(f);
	free(line);
	free(dir);
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

/* What a directory brings more than what goes before. */
static uint64_t
growth(const struct restore *r, const struct site_kind *k)
{
	uint64_t come = restore_size(r, k->archive), go = 0;

	if (strcmp(r->opts->existing, "delete") == 0)
		go = io_tree_bytes(
		    open(k->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	return come > go ? come - go : 0;
}

static void
look_at_kinds(struct restore *r, struct rooms *l)
{
	const struct site_kind *k;
	struct stat st;
	size_t i;

	for (i = 0; i < r->site->n_kinds; i++) {
		k = &r->site->kinds[i];
		if (!list_has(&r->tasks, k->id))
			continue;
		if (stat(k->dir, &st) == 0 && !S_ISDIR(st.st_mode))
			problems_add(&r->problems, PROG_FAILED, k->id,
			    "%s: not a directory", k->dir);
		if (strcmp(r->opts->existing, "merge") != 0)
			look_for_mounts(r, k);
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

uint64_t
restore_size(const struct restore *r, const char *name)
{
	char *path = xasprintf("%s/%s", r->dir, name);
	struct stat st;
	uint64_t n = 0;

	if (stat(path, &st) == 0)
		n = (uint64_t)st.st_size;
	free(path);
	return n;
}

void
preflight_targets(struct restore *r)
{
	struct rooms l = {NULL, 0};
	char need[16], have[16];
	size_t i;

	if (list_has(&r->tasks, "repositories"))
		look_at_storages(r, &l);
	look_at_kinds(r, &l);
	/* What is there stays until all that comes has come. */
	for (i = 0; i < l.n; i++) {
		num_human(l.v[i].needed, need, sizeof(need));
		num_human(l.v[i].free, have, sizeof(have));
		if (l.v[i].needed > l.v[i].free)
			problems_add(&r->problems, PROG_FAILED, l.v[i].mount,
			    "%s come and %s are free", need, have);
		free(l.v[i].mount);
	}
	free(l.v);
}
