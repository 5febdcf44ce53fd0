/* On which storages a tree of backups has a repository. */
/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"
#include "git/chain.h"
#include "git/held.h"
#include "git/names.h"

/* The directory path below root; NULL with errno. */
static DIR *
open_dir(int root, const char *path)
{
	int fd, saved;
	DIR *d;

	fd =
	    openat(root, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	d = fd != -1 ? fdopendir(fd) : NULL;
	if (d != NULL || fd == -1)
		return d;
	saved = errno;
	close(fd);
	errno = saved;
	return NULL;
}

/* Has the storage a manifest of it?  1, 0, or -1 with errno. */
static int
has_manifest(int root, const char *storage, const char *path)
{
	char *dir = xasprintf("manifests/%s/%s", storage, path);
	DIR *d = open_dir(root, dir);
	struct dirent *e;
	int has = 0;

	free(dir);
	if (d == NULL)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -1;
	while (has == 0 && (errno = 0, e = readdir(d)) != NULL)
		has = *e->d_name != '.' && text_ends(e->d_name, ".toml");
	if (has == 0 && errno != 0)
		has = -1;
	closedir(d);
	return has;
}

/* Has the tree it in a layout without manifests? */
static bool
has_without(int root, const char *storage, const char *path)
{
	struct buf why = {NULL, 0, 0};
	struct chain c = {0};
	enum chain_found found;

	found = chain_read(root, storage, path, NULL, NULL, &c, &why);
	chain_free(&c);
	buf_free(&why);
	return found != CHAIN_NONE;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int
held_storages(
    int root, const char *path, const struct list *only, struct list *storages)
{
	const char *other = only->n == 1 ? only->v[0] : "default";
	DIR *d = open_dir(root, "manifests");
	struct dirent *e;
	int rc = 0;

	if (d == NULL && errno != ENOENT)
		return -1;
	while (rc == 0 && d != NULL && (errno = 0, e = readdir(d)) != NULL) {
		if (names_bad_storage(e->d_name) != NULL ||
		    (only->n > 0 && !list_has(only, e->d_name)))
			continue;
		rc = has_manifest(root, e->d_name, path);
		if (rc == 1) {
			list_add(storages, e->d_name);
			rc = 0;
		}
	}
	if (d != NULL && rc == 0 && errno != 0)
		rc = -1;
	if (d != NULL)
		closedir(d);
	if (rc == 0 && storages->n == 0 && names_bad_storage(other) == NULL &&
	    has_without(root, other, path))
		list_add(storages, other);
	if (storages->n > 0)
		qsort(storages->v, storages->n, sizeof(*storages->v), compare);
	return rc;
}
