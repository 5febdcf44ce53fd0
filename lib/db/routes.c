/* Finds GitLab's paths in the dump of its main database. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/io.h"
#include "base/prog.h"
#include "base/status.h"
#include "db/copy.h"
#include "db/routes.h"
#include "db/scan.h"

#define ROW_MAX (1 << 20) /* bytes; names of nested groups may be long */

/* The columns that are read; a table without one of them is another one. */
enum column { ID, TYPE, PATH, COLUMNS };

static const char *const names[COLUMNS] = {
    [ID] = "source_id", [TYPE] = "source_type", [PATH] = "path"};

struct reading {
	struct route *routes;
	size_t n;
	bool wanted; /* these rows are the routes */
	bool met; /* there were some, or could have been */
	size_t at[COLUMNS]; /* where each stands */
	size_t n_columns;
	struct buf row; /* so far */
	const char *wrong;
};

/*
 * Takes a name as pg_dump writes it, in double quotes if need be.  Returns
 * what follows it, or NULL.
 */
static const char *
take_name(const char *p, struct buf *name)
{
	size_t n;

	buf_reset(name);
	if (*p != '"') {
		n = strcspn(p, " .,()\"");
		buf_add(name, p, n);
		return n > 0 ? p + n : NULL;
	}
	for (p++; *p != '\0'; p++) {
		if (*p == '"' && *++p != '"')
			return p;
		buf_putc(name, *p);
	}
	return NULL;
}

/* Takes the columns of "(id, path, ...)".  Returns 1 if all are there. */
static bool
take_columns(struct reading *r, const char *p, struct buf *name)
{
	size_t i, have = 0;

	r->n_columns = 0;
	do {
		p = take_name(p, name);
		for (i = 0; p != NULL && i < COLUMNS; i++)
			if (strcmp(buf_str(name), names[i]) == 0) {
				r->at[i] = r->n_columns;
				have++;
			}
		r->n_columns++;
	} while (p != NULL && *p == ',' && *++p == ' ' && p++ != NULL);
	return p != NULL && strcmp(p, ") FROM stdin;") == 0 && have == COLUMNS;
}

/* Is this the line before the routes: "COPY SCHEMA.routes (...", any schema? */
static bool
begins_routes(struct reading *r, const char *line)
{
	struct buf name = {NULL, 0, 0};
	const char *p = line + strlen("COPY ");
	bool is = false;

	p = strncmp(line, "COPY ", strlen("COPY ")) == 0 ? take_name(p, &name)
							 : NULL;
	if (p != NULL && *p == '.')
		p = take_name(p + 1, &name);
	if (p != NULL && strcmp(buf_str(&name), "routes") == 0 &&
	    strncmp(p, " (", 2) == 0)
		is = take_columns(r, p + 2, &name);
	buf_free(&name);
	return is;
}

static void
on_copy(void *arg, const char *line)
{
	struct reading *r = arg;

	r->wanted = line != NULL && begins_routes(r, line);
	r->met |= r->wanted;
	buf_reset(&r->row);
}

/* Notes the row if it is the route's. */
static void
compare(struct route *route, const char *id, const char *type, const char *path)
{
	bool exact;

	if (strcmp(type, route->type) != 0 ||
	    strcasecmp(path, route->path) != 0)
		return;
	exact = strcmp(path, route->path) == 0;
	route->others += !exact;
	if (route->exact && !exact)
		return;
	route->exact |= exact;
	free(route->id);
	free(route->found);
	route->id = xstrdup(id);
	route->found = xstrdup(path);
}

static void
take_row(struct reading *r)
{
	char *fields[COPY_FIELDS], *id, *type, *path;
	size_t i;

	if (r->n_columns > COPY_FIELDS ||
	    copy_split(r->row.data, fields) != r->n_columns) {
		r->wrong = "a row of routes is not as COPY writes it";
		return;
	}
	id = fields[r->at[ID]];
	type = fields[r->at[TYPE]];
	path = fields[r->at[PATH]];
	/* GitLab's own constraints: none is NULL, and an id is a number. */
	if (id == NULL || type == NULL || path == NULL || *id == '\0' ||
	    id[strspn(id, "0123456789")] != '\0') {
		r->wrong = "a row of routes is not GitLab's";
		return;
	}
	for (i = 0; i < r->n; i++)
		compare(&r->routes[i], id, type, path);
}

static void
on_rows(void *arg, const char *p, size_t n)
{
	struct reading *r = arg;

	if (!r->wanted || r->wrong != NULL)
		return;
	if (n > ROW_MAX - r->row.len) {
		r->wrong = "a row of routes is too long";
		return;
	}
	buf_add(&r->row, p, n);
	if (p[n - 1] != '\n')
		return;
	/* The end of the rows is no row. */
	if (strncmp(r->row.data, "\\.", 2) != 0)
		take_row(r);
	buf_reset(&r->row);
}

/* What is wrong with the dump as a whole, or NULL. */
static const char *
judge(const struct reading *r, struct scan *s, int rc)
{
	if (rc == -1)
		return scan_reason(s);
	if (r->wrong != NULL)
		return r->wrong;
	if (!scan_complete(s))
		return "it ends before pg_dump's closing comment";
	return r->met ? NULL : "it has no routes, as GitLab's main database";
}

/* Gives all of fd to the scanner.  Returns a status. */
static int
read_all(int fd, struct scan *s, const struct reading *r)
{
	static const size_t size = IO_SIZE;
	char *block = xmalloc(size);
	struct buf rest = {NULL, 0, 0};
	const char *wrong;
	ssize_t n;
	int rc = 0;

	while ((n = io_read(fd, block, size)) > 0) {
		if (rc == 0)
			rc = scan_add(s, block, (size_t)n, &rest);
		status_add((uint64_t)n, 0, 0);
		buf_reset(&rest);
	}
	if (n == 0 && rc == 0)
		rc = scan_end(s, &rest);
	wrong = judge(r, s, rc);
	if (n == -1)
		warn("standard input");
	else if (wrong != NULL)
		warnx("standard input: %s", wrong);
	rc = n == -1 ? PROG_FAILED : wrong != NULL ? PROG_DAMAGED : PROG_DONE;
	buf_free(&rest);
	free(block);
	return rc;
}

int
routes_find(int fd, struct route *routes, size_t n)
{
	/* Of psql nothing is to be spared: the key is for nobody. */
	static const struct scan_options options = {
	    .key = "", .budget = INT64_MAX};
	struct reading r = {.routes = routes, .n = n};
	const struct scan_watch watch = {on_copy, on_rows, &r};
	struct scan *s = scan_new(&options);
	int rc;

	scan_watch(s, &watch);
	rc = read_all(fd, s, &r);
	scan_free(s);
	buf_free(&r.row);
	return rc;
}

void
routes_free(struct route *routes, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		free(routes[i].id);
		free(routes[i].found);
		routes[i].id = routes[i].found = NULL;
	}
}
