/* Paths of configuration files made absolute, as Ruby does it. */
/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "site/path.h"

/* Appends the parts of path to the absolute path in *b ("" is the root). */
static void
add_parts(struct buf *b, const char *path)
{
	size_t n;

	for (;; path += n) {
		path += strspn(path, "/");
		if (*path == '\0')
			return;
		n = strcspn(path, "/");
		if (n == 1 && *path == '.')
			continue;
		if (n == 2 && strncmp(path, "..", 2) == 0) {
			while (b->len > 0 && b->data[--b->len] != '/')
				continue;
			if (b->data != NULL)
				b->data[b->len] = '\0';
			continue;
		}
		buf_putc(b, '/');
		buf_add(b, path, n);
	}
}

/* The home that "~..." begins with, into *b.  Returns 0 or -1. */
static int
add_home(struct buf *b, const char *path, size_t n, const char *home)
{
	const struct passwd *pw;
	char *name;

	if (n > 1) {
		name = xstrndup(path + 1, n - 1);
		pw = getpwnam(name);
		free(name);
		home = pw != NULL ? pw->pw_dir : NULL;
	}
	if (home == NULL || *home != '/')
		return -1;
	add_parts(b, home);
	return 0;
}

char *
path_expand(const char *path, const char *base, const char *home)
{
	struct buf b = {NULL, 0, 0};
	size_t n;

	if (*path == '~') {
		n = strcspn(path, "/");
		if (add_home(&b, path, n, home) == -1)
			return NULL;
		path += n;
	} else if (*path != '/') {
		add_parts(&b, base);
	}
	add_parts(&b, path);
	if (b.len == 0)
		buf_putc(&b, '/');
	return buf_take(&b);
}

char *
path_absolute(const char *path)
{
	char *base, *found;

	if (*path == '/')
		return path_expand(path, "/", NULL);
	base = getcwd(NULL, 0);
	if (base == NULL)
		return NULL;
	/* The shell has dealt with "~" already: here it is a name. */
	found = xasprintf("%s/%s", base, path);
	free(base);
	base = path_expand(found, "/", NULL);
	free(found);
	return base;
}

char *
path_parent(const char *path)
{
	char *up = xasprintf("%s/..", path), *found;

	found = path_expand(up, "/", NULL);
	free(up);
	return found;
}

char *
path_home(const char *user)
{
	const struct passwd *pw = NULL;
	const char *home;

	if (geteuid() == 0)
		pw = getpwnam(user);
	home = pw != NULL ? pw->pw_dir : getenv("HOME");
	return home != NULL ? xstrdup(home) : NULL;
}
