/* A GitLab in a temporary directory, for the tests of lib/site. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_TEST_SITEDIR_H
#define GLB_TEST_SITEDIR_H

#include <sys/stat.h>

#include <fcntl.h>
#include <stdarg.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"
#include "capture.h"
#include "site/path.h"
#include "site/site.h"

/* "@" stands for this directory in every text of a test. */
static char sitedir[] = "/tmp/glb-site.XXXXXX";

static const char gitlab_yml[] = "production:\n  gitlab: {user: git}\n";
static const char database_yml[] =
    "production:\n  main: {adapter: postgresql, database: gitlabhq}\n";

/* A copy of s with from replaced by to wherever it stands. */
static inline char *
replace(const char *s, const char *from, const char *to)
{
	struct buf b = {NULL, 0, 0};
	const char *p;

	for (; (p = strstr(s, from)) != NULL; s = p + strlen(from)) {
		buf_add(&b, s, (size_t)(p - s));
		buf_puts(&b, to);
	}
	buf_puts(&b, s);
	return buf_take(&b);
}

/* The path of a file in the directory, to be freed. */
static inline char *
at(const char *name)
{
	return xasprintf("%s/%s", sitedir, name);
}

/* Writes a file with the directories above it. */
static inline void
put(const char *name, const char *text)
{
	char *path = at(name), *up = path_parent(path);
	char *real = replace(text, "@", sitedir);
	int fd;

	assert(io_mkdirs(AT_FDCWD, up, 0700) == 0);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert(fd != -1 && io_write_all(fd, real, strlen(real)) == 0);
	close(fd);
	free(real);
	free(up);
	free(path);
}

static inline void
take_away(const char *name)
{
	char *path = at(name);

	assert(io_remove_tree(AT_FDCWD, path) == 0);
	free(path);
}

/* A GitLab from source in src, with these files or (NULL) the plain ones. */
static inline void
put_source(const char *gitlab, const char *database)
{
	put("src/VERSION", "17.5.1\n");
	put("src/config/gitlab.yml", gitlab != NULL ? gitlab : gitlab_yml);
	put("src/config/database.yml",
	    database != NULL ? database : database_yml);
}

/* Forgets what the environment says about sites. */
static inline void
clear_environment(void)
{
	static const char *const prefixes[] = {
	    "GITLAB_", "PG", "RAILS_ENV=", "RACK_ENV="};
	size_t i, j;
	char *name;

again:
	for (i = 0; environ[i] != NULL; i++)
		for (j = 0; j < sizeof(prefixes) / sizeof(prefixes[0]); j++)
			if (text_starts(environ[i], prefixes[j])) {
				name = xstrndup(
				    environ[i], strcspn(environ[i], "="));
				assert(unsetenv(name) == 0);
				free(name);
				goto again;
			}
}

/* Makes the directory, and an environment with HOME in it and little else. */
static inline void
sitedir_start(void)
{
	char *home;

	assert(mkdtemp(sitedir) != NULL && chdir(sitedir) == 0);
	clear_environment();
	home = at("home");
	assert(setenv("HOME", home, 1) == 0);
	assert(setenv("PATH", "/usr/bin:/bin", 1) == 0);
	free(home);
}

static inline void
sitedir_end(void)
{
	assert(chdir("/") == 0);
	assert(io_remove_tree(AT_FDCWD, sitedir) == 0);
}

/* Reads the site in src, or where where says; it must be readable silently. */
static inline struct site *
accept_site(const char *what, const struct site_where *where)
{
	char *src = at("src");
	struct site_where in_src = {NULL, src, NULL};
	struct capture c;
	struct site *s;
	char *text;

	capture_start(&c);
	s = site_read_below(where != NULL ? where : &in_src, sitedir);
	text = capture_end(&c);
	same(what, "", text);
	assert(s != NULL);
	free(text);
	free(src);
	return s;
}

/* The same, but it must be refused with this one message. */
static inline void
refuse_site(
    const char *what, const struct site_where *where, const char *message)
{
	char *src = at("src"), *text, *shown;
	struct site_where in_src = {NULL, src, NULL};
	struct capture c;
	struct site *s;

	capture_start(&c);
	s = site_read_below(where != NULL ? where : &in_src, sitedir);
	text = capture_end(&c);
	shown = replace(text, sitedir, "@");
	same(what, message, shown);
	assert(s == NULL);
	free(shown);
	free(text);
	free(src);
}

/* Compares a text in which the directory's name may stand; frees got. */
static inline void
same_at(const char *what, const char *want, char *got)
{
	char *shown = replace(got, sitedir, "@");

	same(what, want, shown);
	free(shown);
	free(got);
}

#endif
