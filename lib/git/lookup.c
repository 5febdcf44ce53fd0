/* Finds a repository of GitLab's in a tree of backups, by its name. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/io.h"
#include "base/prog.h"
#include "base/text.h"
#include "db/routes.h"
#include "git/held.h"
#include "git/line.h"
#include "git/lookup.h"
#include "git/names.h"

/* What a name may mean: what it ends with, and what is at its beginning. */
static const struct meaning {
	const char *ends; /* of the name, not part of the route's path */
	const char *type; /* of the route */
	const char *root; /* where the hash of the route's id leads */
	const char *suffix; /* of the path on the storage */
	int always_create;
} meanings[] = {
    /* A project may be called "x.wiki": then it is meant. */
    {"", "Project", "@hashed", ".git", 1},
    {".wiki", "Project", "@hashed", ".wiki.git", 0},
    {".wiki", "Namespace", "@groups", ".wiki.git", 0},
    {".design", "Project", "@hashed", ".design.git", 0},
    {"/snippets/", "Project", "@snippets", ".git", 0},
};
#define MEANINGS (sizeof(meanings) / sizeof(meanings[0]))

struct search {
	const struct lookup *o;
	char *name; /* the repository's, fit for messages */
	int tree;
	/* The name's meanings. */
	const struct meaning *meant[MEANINGS];
	char *paths[MEANINGS]; /* of the routes */
	struct route routes[MEANINGS];
	size_t n;
};

/* The length of the route's path in name; 0 if it cannot mean that. */
static size_t
path_length(const char *name, const struct meaning *m)
{
	const char *id = names_snippet(name);

	if (strcmp(m->ends, "/snippets/") != 0)
		return text_ends(name, m->ends) ? strlen(name) - strlen(m->ends)
						: 0;
	if (id == NULL || id == name + strlen("snippets/"))
		return 0;
	return (size_t)(id - name) - strlen(m->ends);
}

static void
collect_meanings(struct search *s)
{
	const char *name = s->o->repository;
	struct route *r;
	size_t i, n;

	for (i = 0; i < MEANINGS; i++) {
		n = path_length(name, &meanings[i]);
		if (n == 0)
			continue;
		r = &s->routes[s->n];
		s->paths[s->n] = xstrndup(name, n);
		r->path = s->paths[s->n];
		r->type = meanings[i].type;
		s->meant[s->n++] = &meanings[i];
	}
}

/* Writes the line of the list.  Returns a status. */
static int
print(const struct rows_repository *row)
{
	struct buf line = {NULL, 0, 0};
	int rc = PROG_DONE;

	/* All that goes into the tree and on the command line is UTF-8. */
	if (line_write(&line, row) == -1) {
		warnx("%s: its names are not UTF-8", row->relative_path);
		rc = PROG_FAILED;
	} else if (fwrite(line.data, 1, line.len, stdout) != line.len) {
		warn("standard output");
		rc = PROG_FAILED;
	}
	buf_free(&line);
	return rc;
}

/*
 * Looks where the tree has the repository: at path or else, if that is not
 * NULL, at legacy.  known is put before the reason if it has not.  Returns a
 * status.
 */
static int
look(const struct search *s, struct rows_repository *row, const char *path,
    const char *legacy, const char *known)
{
	struct list storages = {NULL, 0};
	struct buf names = {NULL, 0, 0};
	int rc;
	size_t i;

	row->relative_path = path;
	rc = held_storages(s->tree, path, s->o->storages, &storages);
	if (rc == 0 && storages.n == 0 && legacy != NULL) {
		row->relative_path = legacy;
		rc = held_storages(s->tree, legacy, s->o->storages, &storages);
	}
	if (rc == -1) {
		warn("%s", s->o->tree);
	} else if (storages.n == 0) {
		warnx("%s: %s%s has no backup of %s", s->name, known,
		    s->o->tree, path);
	} else if (storages.n > 1) {
		for (i = 0; i < storages.n; i++)
			buf_printf(
			    &names, "%s%s", i > 0 ? ", " : "", storages.v[i]);
		warnx("%s: %s has backups of it on several storages, choose "
		      "one by --storages: %s",
		    s->name, s->o->tree, buf_str(&names));
	} else {
		row->storage_name = storages.v[0];
		rc = print(row);
	}
	if (storages.n != 1)
		rc = PROG_FAILED;
	buf_free(&names);
	list_free(&storages);
	return rc;
}

/* The name leads to row r of the dump, with meaning m. */
static int
look_for(const struct search *s, const struct route *r, const struct meaning *m)
{
	struct rows_repository row = {.always_create = m->always_create};
	struct buf path = {NULL, 0, 0}, legacy = {NULL, 0, 0};
	bool snippet = strcmp(m->root, "@snippets") == 0;
	const char *id = snippet ? names_snippet(s->o->repository) : r->id;
	char *name;
	int rc;

	rows_hashed_path(&path, m->root, id);
	buf_puts(&path, m->suffix);
	if (strcmp(m->root, "@hashed") == 0) /* or where old sites have it */
		buf_printf(&legacy, "%s%s", r->found, m->suffix);
	name = xasprintf("%s%s%s", r->found, m->ends, snippet ? id : "");
	row.gl_project_path = name;
	rc = look(s, &row, buf_str(&path),
	    legacy.len > 0 && names_bad_path(legacy.data) == NULL ? legacy.data
								  : NULL,
	    "in the dump, but ");
	free(name);
	buf_free(&path);
	buf_free(&legacy);
	return rc;
}

/* What the dump says of the name's meanings.  Returns a status. */
static int
choose(const struct search *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (s->routes[i].exact)
			return look_for(s, &s->routes[i], s->meant[i]);
	for (i = 0; i < s->n; i++) {
		if (s->routes[i].others == 1)
			return look_for(s, &s->routes[i], s->meant[i]);
		if (s->routes[i].others == 0)
			continue;
		warnx("%s: in the dump %zu times, in other cases of letters",
		    s->name, s->routes[i].others);
		return PROG_FAILED;
	}
	warnx("%s: not in the dump", s->name);
	return PROG_FAILED;
}

static int
search_dump(struct search *s)
{
	size_t i;
	int rc;

	collect_meanings(s);
	rc = routes_find(STDIN_FILENO, s->routes, s->n);
	if (rc == PROG_DONE)
		rc = choose(s);
	routes_free(s->routes, s->n);
	for (i = 0; i < s->n; i++)
		free(s->paths[i]);
	return rc;
}

/* Whoever writes the dump is not to be stopped.  Returns a status. */
static int
read_away(void)
{
	static char block[IO_SIZE];
	ssize_t n;

	while ((n = io_read(STDIN_FILENO, block, sizeof(block))) > 0)
		continue;
	if (n == 0)
		return PROG_DONE;
	warn("standard input");
	return PROG_FAILED;
}

/* A name that leads to its path without a dump. */
static int
search_path(const struct search *s, const char *path, const char *gl_path)
{
	struct rows_repository row = {.gl_project_path = gl_path};
	int rc = read_away();

	return rc == PROG_DONE ? look(s, &row, path, NULL, "") : rc;
}

static int
search(struct search *s)
{
	const char *name = s->o->repository;
	struct buf path = {NULL, 0, 0};
	int rc;

	if (names_need_dump(name))
		return search_dump(s);
	if (names_snippet(name) == NULL)
		return search_path(s, name, "");
	rows_hashed_path(&path, "@snippets", names_snippet(name));
	buf_puts(&path, ".git");
	rc = search_path(s, buf_str(&path), name);
	buf_free(&path);
	return rc;
}

int
lookup_run(const struct lookup *l)
{
	const char *bad = names_bad_path(l->repository);
	struct search s = {.o = l};
	int rc = PROG_FAILED;

	s.name = text_line(l->repository);
	s.tree = open(l->tree, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (bad != NULL) {
		warnx("%s: the repository's name %s", s.name, bad);
		rc = PROG_USAGE;
	} else if (s.tree == -1) {
		warn("%s", l->tree);
	} else {
		rc = search(&s);
	}
	if (s.tree != -1)
		close(s.tree);
	free(s.name);
	return rc;
}
