/* Finds GitLab's paths in the dump of its main database. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_ROUTES_H
#define GLB_ROUTES_H

#include <stddef.h>

/* A path that is looked for.  Zero-initialise but for the first two. */
struct route {
	const char *path; /* of a project or group */
	const char *type; /* "Project", "Namespace" */
	/* What the dump has: the row of that very path, or else the last one
	 * that differs in the case of letters only; NULL: none. */
	char *id;
	char *found; /* the path as it stands there */
	int exact; /* 1: it is that very path */
	size_t others; /* how many differ in case */
};

/*
 * Reads the SQL that pg_dump has written from fd, to its end, and fills the
 * n routes, to be freed with routes_free() whatever is returned.  One row is
 * in memory at a time.  Returns a status after a warning: PROG_DAMAGED for a
 * dump that ends before its closing comment, has what no dump has, or has no
 * routes.
 */
int routes_find(int fd, struct route *routes, size_t n);
void routes_free(struct route *routes, size_t n);

#endif
