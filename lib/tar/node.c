/* A directory of a tree that is packed: on the way, or read ahead. */
/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "tar/node.h"

struct tar_node *
tar_node_new(
    struct tar_node *up, const char *name, int fd, const struct stat *st)
{
	struct tar_node *d = xcalloc(1, sizeof(*d));

	d->up = up;
	d->name = name;
	d->fd = fd;
	d->st = *st;
	return d;
}

void
tar_node_free(struct tar_node *d)
{
	if (d->fd != -1)
		close(d->fd);
	tar_names_free(&d->names);
	free(d);
}

void
tar_node_path(const struct tar_node *d, struct buf *path)
{
	const struct tar_node *n;
	size_t len = 2, k;
	char *end;

	for (n = d; n->up != NULL; n = n->up)
		len += strlen(n->name) + 1;
	buf_reset(path);
	buf_reserve(path, len);
	path->len = len;
	end = path->data + len;
	*end = '\0';
	/* From its end to its beginning, as the nodes lead. */
	for (n = d; n->up != NULL; n = n->up) {
		k = strlen(n->name);
		*--end = '/';
		end -= k;
		memcpy(end, n->name, k);
	}
	memcpy(path->data, "./", 2);
}
