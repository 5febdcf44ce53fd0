/* Where the repositories of each storage lie. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_STORAGE_H
#define GLB_STORAGE_H

#include <stddef.h>

#include "base/buf.h"
#include "git/pool.h"
#include "site/site.h"

struct place;

struct storage {
	char *name;
	char *dir;
	int fd; /* of dir; -1: see trouble */
	char *trouble; /* why dir cannot be used; or NULL */
	struct pool_lane lane;
	struct place *place; /* a restore's own (git/place.h) */
};

/* Zero-initialise; free with storages_free(). */
struct storages {
	struct storage **v;
	size_t n;
};

/*
 * Adds "NAME=DIR" of a command line.  Returns 0, or -1 after a warning about
 * the option.
 */
int storages_add(struct storages *l, const char *option);

/* Adds several.  Returns the same, and stops at the first that is wrong. */
int storages_add_list(struct storages *l, const struct list *options);

/* Adds those of the site that are not there yet. */
void storages_add_site(struct storages *l, const struct site *s);

/* The storage called name, or NULL. */
struct storage *storages_find(const struct storages *l, const char *name);

void storages_free(struct storages *l);

#endif
