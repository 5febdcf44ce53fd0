/* Where the repositories of each storage lie. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "git/names.h"
#include "git/storage.h"

/*
 * Appends a storage.  Its directory is opened now: were it looked for only
 * with each repository, one that is not mounted would make all of them look
 * as if they did not exist.
 */
static void
append(struct storages *l, char *name, const char *dir)
{
	struct storage *s = xcalloc(1, sizeof(*s));

	s->name = name;
	s->fd = -1;
	if (dir == NULL) {
		s->trouble = xstrdup("its directory is unknown: see --storage");
	} else {
		s->dir = xstrdup(dir);
		s->fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (s->fd == -1)
			s->trouble = xasprintf("%s: %s", dir, strerror(errno));
	}
	l->v = xreallocarray(l->v, l->n + 1, sizeof(*l->v));
	l->v[l->n++] = s;
}

int
storages_add(struct storages *l, const char *option)
{
	const char *equals = strchr(option, '='), *bad;
	char *name;

	if (equals == NULL || equals[1] == '\0') {
		warnx("--storage: %s: not NAME=DIR", option);
		return -1;
	}
	name = xstrndup(option, (size_t)(equals - option));
	bad = names_bad_storage(name);
	if (bad == NULL && storages_find(l, name) != NULL)
		bad = "is given twice";
	if (bad != NULL) {
		warnx("--storage: %s: the name %s", option, bad);
		free(name);
		return -1;
	}
	append(l, name, equals + 1);
	return 0;
}

int
storages_add_list(struct storages *l, const struct list *options)
{
	size_t i;

	for (i = 0; i < options->n; i++)
		if (storages_add(l, options->v[i]) == -1)
			return -1;
	return 0;
}

void
storages_add_site(struct storages *l, const struct site *s)
{
	size_t i;

	for (i = 0; i < s->n_storages; i++)
		if (storages_find(l, s->storages[i].name) == NULL)
			append(l, xstrdup(s->storages[i].name),
			    s->storages[i].path);
}

struct storage *
storages_find(const struct storages *l, const char *name)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (strcmp(l->v[i]->name, name) == 0)
			return l->v[i];
	return NULL;
}

void
storages_free(struct storages *l)
{
	size_t i;

	for (i = 0; i < l->n; i++) {
		if (l->v[i]->fd != -1)
			close(l->v[i]->fd);
		free(l->v[i]->name);
		free(l->v[i]->dir);
		free(l->v[i]->trouble);
		free(l->v[i]);
	}
	free(l->v);
	memset(l, 0, sizeof(*l));
}
