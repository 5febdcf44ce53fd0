/* A list of references or a bundle's header, read from a backup. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "git/bundle.h"

#define LINE_MAX_ 65536 /* bytes: no git makes such a name */

/* A file being read by lines. */
struct lines {
	FILE *f;
	char *line; /* without its line end */
	size_t size, len;
	bool ended; /* it had one */
};

/* Starts at the beginning of fd, which stays the caller's. */
static bool
lines_open(struct lines *l, int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	*l = (struct lines){.f = copy != -1 ? fdopen(copy, "r") : NULL};
	if (l->f == NULL && copy != -1)
		close(copy);
	if (l->f == NULL || lseek(fd, 0, SEEK_SET) == -1)
		return false;
	errno = 0;
	return true;
}

/* Reads the next line, which is plain text of a sane length. */
static bool
lines_next(struct lines *l)
{
	ssize_t n;

	errno = 0;
	n = getline(&l->line, &l->size, l->f);
	if (n <= 0) {
		if (feof(l->f))
			errno = 0;
		return false;
	}
	l->ended = l->line[n - 1] == '\n';
	if (l->ended)
		l->line[--n] = '\0';
	l->len = (size_t)n;
	errno = 0;
	return true;
}

static void
lines_close(struct lines *l)
{
	int saved = errno;

	if (l->f != NULL)
		fclose(l->f);
	free(l->line);
	errno = saved;
}

/* "OID SP NAME".  Hands the id on.  Returns NULL or what is wrong. */
static const char *
reference(const struct lines *l, size_t digits, FILE *oids, struct bundle *b)
{
	if (l->len >= LINE_MAX_ || strlen(l->line) != l->len ||
	    strspn(l->line, "0123456789abcdef") != digits ||
	    l->line[digits] != ' ' || l->len < digits + 2)
		return "not a list of references";
	fprintf(oids, "%.*s\n", (int)digits, l->line);
	b->lines++;
	if (strcmp(l->line + digits, " HEAD") != 0)
		b->refs++;
	return NULL;
}

static void
measure(int fd, struct bundle *b)
{
	struct stat st;

	memset(b, 0, sizeof(*b));
	if (fstat(fd, &st) == 0)
		b->bytes = (uint64_t)st.st_size;
}

const char *
bundle_refs(int fd, size_t digits, FILE *oids, struct bundle *b)
{
	const char *wrong = NULL;
	struct lines l;

	measure(fd, b);
	if (!lines_open(&l, fd))
		wrong = "cannot be read";
	while (wrong == NULL && lines_next(&l))
		wrong = reference(&l, digits, oids, b);
	if (wrong == NULL && errno != 0)
		wrong = "cannot be read";
	lines_close(&l);
	return wrong;
}

/* A line "@KEY=VALUE" of version 3: what a reader must understand. */
static const char *
capability(const char *line, size_t digits)
{
	static const char format[] = "@object-format=";

	if (!text_starts(line, format))
		return "a bundle that needs what is not known";
	if (strcmp(line + strlen(format), digits == 64 ? "sha256" : "sha1") !=
	    0)
		return "a bundle of another object format";
	return NULL;
}

/*
 *	# v2 git bundle LF, or # v3 git bundle LF and lines of "@KEY=VALUE"
 *	-OID [SP TEXT] LF ...		what must be there already
 *	OID SP NAME LF ...
 *	LF
 *	a pack, or nothing
 */
static const char *
header(struct lines *l, size_t digits, FILE *oids, struct bundle *b)
{
	const char *wrong = NULL;
	bool v3;

	if (!lines_next(l))
		return errno == 0 ? "not a bundle" : "cannot be read";
	v3 = strcmp(l->line, "# v3 git bundle") == 0;
	if (!v3 && strcmp(l->line, "# v2 git bundle") != 0)
		return "not a bundle";
	if (!v3 && digits != 40)
		return "a bundle of another object format";
	while (wrong == NULL && lines_next(l)) {
		if (!l->ended)
			return "cut short in its header";
		if (l->len == 0)
			return NULL;
		if (v3 && *l->line == '@')
			wrong = capability(l->line, digits);
		else if (*l->line != '-')
			wrong = reference(l, digits, oids, b);
		else if (strspn(l->line + 1, "0123456789abcdef") != digits ||
		    strchr(" ", l->line[1 + digits]) == NULL)
			wrong = "not a bundle";
		else
			fprintf(oids, "%.*s\n", (int)digits, l->line + 1);
	}
	if (wrong == NULL)
		wrong =
		    errno == 0 ? "cut short in its header" : "cannot be read";
	return wrong;
}

const char *
bundle_header(int fd, size_t digits, FILE *oids, struct bundle *b)
{
	const char *wrong;
	struct lines l;
	off_t at = -1;

	measure(fd, b);
	wrong =
	    lines_open(&l, fd) ? header(&l, digits, oids, b) : "cannot be read";
	if (wrong == NULL)
		at = ftello(l.f);
	lines_close(&l);
	if (wrong == NULL && lseek(fd, at, SEEK_SET) == -1)
		wrong = "cannot be read";
	b->empty = (uint64_t)at == b->bytes;
	return wrong;
}

const char *
bundle_format(int fd)
{
	const char *format = NULL;
	struct lines l;

	if (lines_open(&l, fd) && lines_next(&l)) {
		if (strcmp(l.line, "# v2 git bundle") == 0 ||
		    strcmp(l.line, "# v3 git bundle") == 0)
			format = "sha1";
		while (format != NULL && lines_next(&l) && *l.line == '@')
			if (strcmp(l.line, "@object-format=sha256") == 0)
				format = "sha256";
	}
	lines_close(&l);
	return format;
}

/* Copies HEAD's line, or those of all others.  Returns 0, or -1 with errno. */
static int
copy_lines(int fd, FILE *out, bool head)
{
	struct lines l;
	char *space;
	int rc = -1;

	if (lines_open(&l, fd) && lines_next(&l) && *l.line == '#')
		while (rc == -1 && lines_next(&l)) {
			space = strchr(l.line, ' ');
			if (l.len == 0)
				rc = 0;
			else if (strchr("-@", *l.line) == NULL &&
			    (space != NULL && strcmp(space, " HEAD") == 0) ==
				head)
				fprintf(out, "%s\n", l.line);
		}
	if (rc == -1 && errno == 0)
		errno = EBADMSG;
	lines_close(&l);
	return rc;
}

int
bundle_list(int fd, FILE *out)
{
	/* Git writes HEAD last, where a list has it first. */
	if (copy_lines(fd, out, true) == -1 || copy_lines(fd, out, false) == -1)
		return -1;
	return fflush(out) == EOF || ferror(out) ? -1 : 0;
}
