/* SHA256SUMS read beside a walk through the backup, in the same order. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "store/expect.h"
#include "store/put.h"
#include "store/sums.h"

struct expect {
	FILE *f;
	char *line;
	size_t size, number;
	struct buf last; /* the name before this one */
	char *wrong;
	int error;
};

/* Opens a regular file, and nothing else, by its own name. */
static FILE *
open_file(const char *path)
{
	struct stat st;
	FILE *f = NULL;
	int fd, saved;

	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1)
		return NULL;
	if (fstat(fd, &st) == 0 && !S_ISREG(st.st_mode))
		errno = ELOOP;
	else
		f = fdopen(fd, "r");
	saved = errno;
	if (f == NULL)
		close(fd);
	errno = saved;
	return f;
}

struct expect *
expect_open(const char *dir)
{
	char *path = xasprintf("%s/%s", dir, SUMS_FILE);
	FILE *f = open_file(path);
	int saved = errno;
	struct expect *e;

	free(path);
	errno = saved;
	if (f == NULL)
		return NULL;
	e = xcalloc(1, sizeof(*e));
	e->f = f;
	return e;
}

void
expect_close(struct expect *e)
{
	if (e == NULL)
		return;
	fclose(e->f);
	free(e->line);
	free(e->wrong);
	buf_free(&e->last);
	free(e);
}

int
expect_compare(const char *a, const char *b)
{
	while (*a != '\0' && *a == *b) {
		a++;
		b++;
	}
	if (*a == *b)
		return 0;
	if (*a == '\0' || *b == '\0')
		return *a == '\0' ? -1 : 1;
	if (*a == '/' || *b == '/')
		return *a == '/' ? -1 : 1;
	return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
}

/*
 * Splits the line.  sums_parse() also takes what only other programs write;
 * here any changed byte has to be found.
 */
static const char *
split(struct expect *e, size_t len, char **hex, char **name)
{
	int escaped = *e->line == '\\';

	if (e->line[len - 1] != '\n')
		return "has no end";
	e->line[len - 1] = '\0';
	if (strlen(e->line) != len - 1 ||
	    sums_parse(e->line, hex, name) == -1 || (*name)[-1] != ' ' ||
	    escaped != (strpbrk(*name, "\\\n\r") != NULL) ||
	    !put_name_ok(*name))
		return "is no line of sums";
	if (e->last.len > 0 && expect_compare(buf_str(&e->last), *name) >= 0)
		return "is out of order";
	return NULL;
}

const char *
expect_next(struct expect *e, char hex[HASH_HEX])
{
	char *h = NULL, *name = NULL;
	const char *wrong;
	ssize_t n;

	while ((n = getline(&e->line, &e->size, e->f)) > 0) {
		e->number++;
		wrong = split(e, (size_t)n, &h, &name);
		if (wrong == NULL) {
			memcpy(hex, h, HASH_HEX);
			buf_reset(&e->last);
			buf_puts(&e->last, name);
			return buf_str(&e->last);
		}
		if (e->wrong == NULL)
			e->wrong = xasprintf("line %zu %s", e->number, wrong);
	}
	if (ferror(e->f)) {
		e->error = errno;
		free(e->wrong);
		e->wrong = xstrdup(strerror(errno));
	}
	return NULL;
}

const char *
expect_wrong(const struct expect *e, int *error)
{
	*error = e->error;
	return e->wrong;
}
