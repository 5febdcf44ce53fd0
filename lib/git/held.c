/* On which storages a tree of backups has a repository. */
/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/text.h"
#include "git/chain.h"
#include "git/held.h"
#include "git/names.h"

/* Has the storage a manifest of it?  1, 0, or -1 with errno. */
static int
has_manifest(int root, const char *storage, const char *path)
{
	char *dir = xasprintf("manifests/%s/%s", storage, path);
	struct list names = {NULL, 0};
	size_t i;
	int has;

	has = chain_list(root, dir, &names);
	if (has == -1 && (errno == ENOENT || errno == ENOTDIR))
		has = 0;
	for (i = 0; has == 0 && i < names.n; i++)
		has = text_ends(names.v[i], ".toml");
	list_free(&names);
	free(dir);
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

int
held_storages(
    int root, const char *path, const struct list *only, struct list *storages)
{
	const char *other = only->n == 1 ? only->v[0] : "default";
	struct list all = {NULL, 0};
	size_t i;
	int rc;

	rc = chain_list(root, "manifests", &all);
	if (rc == -1 && errno == ENOENT)
		rc = 0;
	for (i = 0; rc == 0 && i < all.n; i++) {
		if (names_bad_storage(all.v[i]) != NULL ||
		    (only->n > 0 && !list_has(only, all.v[i])))
			continue;
		rc = has_manifest(root, all.v[i], path);
		if (rc == 1) {
			list_add(storages, all.v[i]);
			rc = 0;
		}
	}
	list_free(&all);
	if (rc == 0 && storages->n == 0 && names_bad_storage(other) == NULL &&
	    has_without(root, other, path))
		list_add(storages, other);
	return rc;
}
