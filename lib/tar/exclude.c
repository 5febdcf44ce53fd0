/* Names that stay out of an archive. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "tar/exclude.h"
#include "tar/name.h"

/* Appends to *b the path in its plain form "./a/b".  -1: it has a "..". */
static int
normalize(const char *s, struct buf *b)
{
	size_t n;

	buf_putc(b, '.');
	for (; *s != '\0'; s += n) {
		n = strcspn(s, "/");
		if (n == 2 && memcmp(s, "..", 2) == 0)
			return -1;
		if (n > 0 && !(n == 1 && *s == '.')) {
			buf_putc(b, '/');
			buf_add(b, s, n);
		}
		n += strspn(s + n, "/");
	}
	return 0;
}

int
tar_exclude_add(struct tar_exclude *x, const char *pattern)
{
	struct buf path = {NULL, 0, 0};
	const char *why = NULL;
	char *line;

	if (*pattern == '/' || normalize(pattern, &path) == -1)
		why = "not a path below the directory";
	else if (path.len == 1)
		why = "would leave out everything";
	if (why != NULL) {
		line = text_line(pattern);
		warnx("--exclude: %s: %s", line, why);
		free(line);
	} else if (strchr(pattern, '/') != NULL) {
		list_add(&x->paths, buf_str(&path));
	} else {
		list_add(&x->names, pattern);
	}
	buf_free(&path);
	return why != NULL ? -1 : 0;
}

bool
tar_exclude_match(
    const struct tar_exclude *x, const char *dir, const char *name)
{
	size_t i, n = strlen(dir);

	if (strcmp(name, "lost+found") == 0)
		return true;
	if (strcmp(dir, "./") == 0 && strcmp(name, TAR_RESERVED) == 0)
		return true;
	if (x == NULL)
		return false;
	if (list_has(&x->names, name))
		return true;
	for (i = 0; i < x->paths.n; i++)
		if (strncmp(x->paths.v[i], dir, n) == 0 &&
		    strcmp(x->paths.v[i] + n, name) == 0)
			return true;
	return false;
}

bool
tar_exclude_is_flat(const struct tar_exclude *x)
{
	size_t i;
	char *line;

	for (i = 0; i < x->paths.n; i++) {
		if (strchr(x->paths.v[i] + 2, '/') == NULL)
			continue;
		line = text_line(x->paths.v[i]);
		warnx("--exclude: %s: not at the top of the directory", line);
		free(line);
		return false;
	}
	return true;
}

void
tar_exclude_free(struct tar_exclude *x)
{
	list_free(&x->names);
	list_free(&x->paths);
}
