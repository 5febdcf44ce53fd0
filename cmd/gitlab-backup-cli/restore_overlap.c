/* What a restore would move away or remove with a directory it lies in. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/prog.h"
#include "restore.h"
#include "room.h"
#include "site/path.h"

/* path without links, as far as it exists; to be freed. */
static char *
resolve(const char *path)
{
	char *near = room_existing(path), *real = realpath(near, NULL), *all;
	size_t n = strcmp(near, "/") == 0 ? 0 : strlen(near);

	if (real == NULL || strcmp(real, "/") == 0) {
		free(real);
		real = xstrdup("");
	}
	all = xasprintf("%s%s", real, path + n);
	free(near);
	free(real);
	return all;
}

/* Are the two one directory, or would they be? */
static bool
same(const char *a, const char *b)
{
	struct stat x, y;

	if (stat(a, &x) == -1 || stat(b, &y) == -1)
		return strcmp(a, b) == 0;
	return x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* Goes what is at path with the contents of the kind's directory, dir? */
static bool
goes_along(const struct site_kind *k, const char *dir, const char *path)
{
	char *at = resolve(path), *up;
	bool in = same(at, dir), left = false;

	while (!in && *at != '\0' && strcmp(at, "/") != 0) {
		up = path_parent(at);
		in = same(up, dir);
		left = in && room_left_alone(k, strrchr(at, '/') + 1);
		free(at);
		at = up;
	}
	free(at);
	return in && !left;
}

static void
look(struct restore *r, const struct site_kind *k, const char *what,
    const char *path)
{
	char *dir = resolve(k->dir);

	if (path != NULL && goes_along(k, dir, path))
		problems_add(&r->problems, PROG_FAILED, k->id,
		    "%s, %s, lies in %s, whose contents are replaced "
		    "(--existing=merge)",
		    path, what, k->dir);
	free(dir);
}

static void
look_at_kind(struct restore *r, const struct site_kind *k)
{
	const struct site *s = r->site;
	char *what;
	size_t i;

	look(r, k, "the backup", r->dir);
	look(r, k, "the backup path", r->home);
	for (i = 0; i < s->n_kinds; i++)
		if (&s->kinds[i] != k)
			look(r, k, s->kinds[i].id, s->kinds[i].dir);
	for (i = 0; i < s->n_storages; i++) {
		what = xasprintf("storage %s", s->storages[i].name);
		look(r, k, what, s->storages[i].path);
		free(what);
	}
}

void
preflight_overlaps(struct restore *r)
{
	size_t i;

	if (strcmp(r->opts->existing, "merge") == 0)
		return;
	for (i = 0; i < r->site->n_kinds; i++)
		if (restore_archive(r, &r->site->kinds[i]))
			look_at_kind(r, &r->site->kinds[i]);
}
