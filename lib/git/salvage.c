/* The references of a repository some of whose references are broken. */
/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "git/peek.h"
#include "git/salvage.h"

/* How git for-each-ref tells of a file below refs/ that it passes over. */
static const char *const passed[] = {
    "warning: ignoring broken ref ", "warning: ignoring ref with broken name "};

/* The files' uses on the way to the list. */
enum { ALL = TREE_BUNDLE, SAID = TREE_HOOKS };

/* A stream of its own on fd, from the start; NULL with errno. */
static FILE *
stream(int fd, const char *mode)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	FILE *f = copy != -1 && lseek(fd, 0, SEEK_SET) == 0 ? fdopen(copy, mode)
							    : NULL;

	if (f == NULL && copy != -1)
		close(copy);
	return f;
}

/* Closes f, which may be NULL.  Returns 0, or -1 if it failed before. */
static int
finish(FILE *f)
{
	int bad = f == NULL || ferror(f);

	return f != NULL && fclose(f) == EOF ? -1 : -bad;
}

static void
note(struct take *t, const char *name)
{
	struct buf line = {NULL, 0, 0};

	if (t->broken.n++ >= TAKE_NAMED)
		return;
	text_fold(&line, name, strlen(name));
	list_add(&t->broken.names, buf_str(&line));
	buf_free(&line);
}

/* Empties the file at this place, for git to write it from its start. */
static int
clear(const struct take *t, int file)
{
	return ftruncate(t->fd[file], 0) == -1 ||
		lseek(t->fd[file], 0, SEEK_SET) == -1
	    ? -1
	    : 0;
}

/* HEAD's line, if it has an object.  A detached one that has none is broken. */
static int
list_head(struct take *t)
{
	struct run r = {.in = -1, .out = t->fd[TREE_REFS]};
	struct buf target = {NULL, 0, 0};
	int rc = take_git(t, &r, "show-ref", "--verify,HEAD");

	if (rc > 0 && peek_head(t->repo, &target) == PEEK_DETACHED)
		note(t, "HEAD");
	buf_free(&target);
	return rc == -1 ? -1 : 0;
}

/* Lists what git can read, and notes what it cannot. */
static int
list_readable(struct take *t)
{
	struct run r = {.in = -1, .out = t->fd[ALL], .err = t->fd[SAID]};
	char *line = NULL;
	size_t size = 0, i;
	ssize_t len;
	FILE *f;
	int rc = 0;

	if (take_git(t, &r, "for-each-ref",
		"--format=%(objectname) %(refname)") != 0)
		return -1;
	f = stream(r.err, "r");
	while (f != NULL && (len = getline(&line, &size, f)) > 0) {
		line[len - 1] = '\0';
		for (i = 0; i < sizeof(passed) / sizeof(passed[0]); i++)
			if (text_starts(line, passed[i]))
				note(t, line + strlen(passed[i]));
		if (text_starts(line, "error: "))
			rc = -1;
	}
	free(line);
	return finish(f) == -1 ? -1 : rc;
}

/* Asks git for the object of each line; the answers go to SAID. */
static int
ask(struct take *t)
{
	struct run r = {.in = t->oids, .out = t->fd[SAID]};
	FILE *in = stream(t->fd[ALL], "r"), *out = stream(t->oids, "w");
	char *line = NULL;
	size_t size = 0;
	int rc = 0;

	while (in != NULL && out != NULL && getline(&line, &size, in) > 0)
		fprintf(out, "%.*s\n", (int)strcspn(line, " \n"), line);
	free(line);
	if (finish(in) == -1 || finish(out) == -1)
		rc = -1;
	if (rc == -1 || clear(t, SAID) == -1 || lseek(r.in, 0, SEEK_SET) == -1)
		return -1;
	return take_git(
	    t, &r, "cat-file", "--batch-check=%(objecttype),--buffer");
}

/* Copies the lines of f[0] whose answer in f[1] is an object to f[2]. */
static int
copy(struct take *t, FILE *f[3])
{
	char *line = NULL, *answer = NULL, *name;
	size_t size = 0, room = 0;
	int kept = 0, rc = 0;
	ssize_t len;

	while (rc == 0 && (len = getline(&line, &size, f[0])) > 0) {
		name = strchr(line, ' ');
		if (name == NULL || getline(&answer, &room, f[1]) <= 0) {
			rc = -1;
		} else if (!text_ends(answer, " missing\n")) {
			fputs(line, f[2]);
			kept = 1;
		} else {
			line[len - 1] = '\0';
			note(t, name + 1);
		}
	}
	free(line);
	free(answer);
	return rc == 0 && kept ? 0 : -1;
}

/* Keeps the lines that have an object, behind HEAD's. */
static int
keep(struct take *t)
{
	FILE *f[3];
	int i, rc = 0;

	f[0] = stream(t->fd[ALL], "r");
	f[1] = stream(t->fd[SAID], "r");
	f[2] = stream(t->fd[TREE_REFS], "r+");
	for (i = 0; i < 3; i++)
		if (f[i] == NULL)
			rc = -1;
	if (rc == 0 && fseek(f[2], 0, SEEK_END) == 0)
		rc = copy(t, f);
	for (i = 0; i < 3; i++)
		if (finish(f[i]) == -1)
			rc = -1;
	return rc;
}

int
salvage_refs(struct take *t)
{
	char *why = buf_take(&t->why);
	int rc = -1;

	if (take_empty(t) == 0 && list_head(t) == 0 && list_readable(t) == 0 &&
	    ask(t) == 0 && keep(t) == 0 && t->broken.n > 0)
		rc = 0;
	if (clear(t, ALL) == -1 || clear(t, SAID) == -1 ||
	    ftruncate(t->oids, 0) == -1)
		rc = -1;
	buf_reset(&t->why);
	buf_puts(&t->why, why);
	free(why);
	return rc;
}
