/* What only Gitaly's own configuration says: where the storages lie. */
/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/io.h"
#include "site/gitaly.h"
#include "site/path.h"
#include "site/yamldoc.h"

/*
 * The little of TOML that is read, a line each:
 *
 *	[[storage]]
 *	name = "default"	# or 'default'
 *	path = "/var/opt/gitlab/git-data/repositories"
 *
 * Any other [table] ends a storage.  In "..." a backslash makes the next
 * character literal; one with any other escape, or more than that on the
 * line, is not taken.
 */
struct storage {
	bool inside;
	struct buf name, path;
};

/* Gives a complete storage's path to the site's storage of that name. */
static void
finish(struct site *s, struct storage *t)
{
	size_t i;

	for (i = 0; t->name.len > 0 && i < s->n_storages; i++)
		if (strcmp(s->storages[i].name, buf_str(&t->name)) == 0 &&
		    s->storages[i].path == NULL && *buf_str(&t->path) == '/')
			s->storages[i].path =
			    path_expand(buf_str(&t->path), "/", NULL);
	buf_reset(&t->name);
	buf_reset(&t->path);
	t->inside = false;
}

static const char *
skip_blanks(const char *p)
{
	return p + strspn(p, " \t\r");
}

/* Whether nothing but a comment follows. */
static bool
ended(const char *p)
{
	p = skip_blanks(p);
	return *p == '\0' || *p == '#';
}

/* Reads a quoted string into *b, which stays empty if it is not a good one. */
static void
string(const char *p, struct buf *b)
{
	char quote = *p++;

	buf_reset(b);
	if (quote != '"' && quote != '\'')
		return;
	for (; *p != '\0' && *p != quote; p++) {
		if (quote == '"' && *p == '\\' && *++p != '\\' && *p != '"')
			break;
		buf_putc(b, *p);
	}
	if (*p != quote || !ended(p + 1))
		buf_reset(b);
}

/* The value of "key = value", or NULL if the line is not for this key. */
static const char *
value_of(const char *line, const char *key)
{
	size_t n = strlen(key);

	if (strncmp(line, key, n) != 0)
		return NULL;
	line = skip_blanks(line + n);
	return *line == '=' ? skip_blanks(line + 1) : NULL;
}

static bool
is_storage_header(const char *p)
{
	static const char *const parts[] = {"[[", "storage", "]]"};
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		p = skip_blanks(p);
		if (strncmp(p, parts[i], strlen(parts[i])) != 0)
			return false;
		p += strlen(parts[i]);
	}
	return ended(p);
}

static void
take_line(struct site *s, struct storage *t, const char *line)
{
	const char *value;

	line = skip_blanks(line);
	if (*line == '[') {
		finish(s, t);
		t->inside = is_storage_header(line);
	} else if (t->inside && (value = value_of(line, "name")) != NULL) {
		string(value, &t->name);
	} else if (t->inside && (value = value_of(line, "path")) != NULL) {
		string(value, &t->path);
	}
}

void
gitaly_paths(struct site *s, const char *file)
{
	struct storage t;
	struct buf b = {NULL, 0, 0};
	char *line, *rest;

	memset(&t, 0, sizeof(t));
	if (io_read_file(AT_FDCWD, file, &b, YAMLDOC_SIZE) == 0) {
		for (rest = b.data; (line = strsep(&rest, "\n")) != NULL;)
			take_line(s, &t, line);
		finish(s, &t);
	}
	buf_free(&t.name);
	buf_free(&t.path);
	buf_free(&b);
}
