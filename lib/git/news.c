/* What a list of references has that an earlier list has not. */
/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"
#include "git/news.h"

/* A file being read by lines. */
struct lines {
	FILE *f;
	char *line; /* without its line end */
	size_t size;
};

/* A stdio stream on fd, which stays the caller's, from its start. */
static FILE *
stream(int fd, const char *mode)
{
	int copy;
	FILE *f;

	if (*mode == 'w' && ftruncate(fd, 0) == -1)
		return NULL;
	if (lseek(fd, 0, SEEK_SET) == -1 ||
	    (copy = fcntl(fd, F_DUPFD_CLOEXEC, 0)) == -1)
		return NULL;
	f = fdopen(copy, mode);
	if (f == NULL)
		close(copy);
	return f;
}

static int
lines_open(struct lines *l, int fd)
{
	*l = (struct lines){.f = stream(fd, "r")};
	return l->f == NULL ? -1 : 0;
}

/* Goes to the next line.  Returns 1; 0 at the end; -1 with errno. */
static int
lines_next(struct lines *l)
{
	ssize_t len = getline(&l->line, &l->size, l->f);

	if (len <= 0)
		return feof(l->f) ? 0 : -1;
	if (l->line[len - 1] == '\n')
		l->line[len - 1] = '\0';
	return 1;
}

/* Frees all.  Returns rc, with errno as it was. */
static int
lines_close(struct lines *l, int rc)
{
	int saved = errno;

	if (l->f != NULL)
		fclose(l->f);
	free(l->line);
	errno = saved;
	return rc;
}

/* Closes f, which was written to.  Returns rc, or -1 if not all was. */
static int
finish(FILE *f, int rc)
{
	int saved = errno, bad = ferror(f);

	if (fclose(f) == EOF)
		return -1;
	errno = bad ? EIO : saved;
	return bad ? -1 : rc;
}

static int
bad(void)
{
	errno = EBADMSG;
	return -1;
}

/* Does the line start with an object id, and is there more? */
static bool
has_oid(const struct news *n, const char *line)
{
	return strspn(line, "0123456789abcdef") == n->digits &&
	    line[n->digits] == ' ';
}

static int
compare(const void *a, const void *b)
{
	return strcmp(((const struct news_tip *)a)->oid,
	    ((const struct news_tip *)b)->oid);
}

/* The tip that the line starts with, or NULL. */
static struct news_tip *
find(const struct news *n, const char *line)
{
	struct news_tip key = {0};

	if (n->n == 0)
		return NULL;
	memcpy(key.oid, line, n->digits);
	key.oid[n->digits] = '\0';
	return bsearch(&key, n->tips, n->n, sizeof(key), compare);
}

static void
add(struct news *n, const char *line)
{
	struct news_tip *t;

	if (n->n == n->room) {
		n->room = n->room * 2 + 16;
		n->tips = xreallocarray(n->tips, n->room, sizeof(*n->tips));
	}
	t = &n->tips[n->n++];
	*t = (struct news_tip){.told = true};
	memcpy(t->oid, line, n->digits);
}

/* Sorts the tips, and drops what stands there twice or has told unset. */
static void
settle(struct news *n)
{
	size_t i, kept = 0;

	if (n->n > 0)
		qsort(n->tips, n->n, sizeof(*n->tips), compare);
	for (i = 0; i < n->n; i++)
		if (n->tips[i].told &&
		    (kept == 0 ||
			compare(&n->tips[kept - 1], &n->tips[i]) != 0))
			n->tips[kept++] = n->tips[i];
	n->n = kept;
}

/*
 * Collects the lines of l that e, in the same order, does not have: only
 * those take memory.
 */
static int
collect(struct news *n, struct lines *l, struct lines *e)
{
	int rc, other = lines_next(e), order;
	const char *name, *known;

	while ((rc = lines_next(l)) == 1) {
		if (!has_oid(n, l->line))
			return bad();
		name = l->line + n->digits;
		/* HEAD comes first, and before any "refs/" by its letter. */
		for (order = -1; other == 1 && order < 0;) {
			if (!has_oid(n, e->line))
				return bad();
			known = e->line + n->digits;
			order = strcmp(known, name);
			if (order < 0)
				other = lines_next(e);
		}
		if (other != 1 || order != 0 ||
		    memcmp(l->line, e->line, n->digits) != 0)
			add(n, l->line);
	}
	return other == -1 ? -1 : rc;
}

/* Drops the tips that the earlier list has by another name. */
static int
drop_known(struct news *n, int earlier)
{
	struct news_tip *t;
	struct lines e;
	int rc;

	rc = lines_open(&e, earlier) == -1 ? -1 : 1;
	while (rc == 1 && (rc = lines_next(&e)) == 1) {
		if (!has_oid(n, e.line)) {
			rc = bad();
			break;
		}
		t = find(n, e.line);
		if (t != NULL)
			t->told = false;
	}
	settle(n);
	return lines_close(&e, rc);
}

int
news_find(struct news *n, int list, int earlier, size_t digits)
{
	struct lines l = {0}, e = {0};
	int rc = -1;

	n->digits = digits;
	n->n = 0;
	n->commits = n->tags = false;
	if (lines_open(&l, list) == 0 && lines_open(&e, earlier) == 0)
		rc = collect(n, &l, &e);
	lines_close(&l, 0);
	rc = lines_close(&e, rc);
	settle(n);
	return rc == 0 ? drop_known(n, earlier) : -1;
}

int
news_ask(const struct news *n, int earlier, int oids)
{
	FILE *f = stream(oids, "w");
	struct lines e = {0};
	int rc = -1;
	size_t i;

	if (f == NULL)
		return -1;
	if (lines_open(&e, earlier) == 0)
		while ((rc = lines_next(&e)) == 1)
			fprintf(f, "%.*s\n", (int)n->digits, e.line);
	for (i = 0; i < n->n; i++)
		fprintf(f, "%s\n", n->tips[i].oid);
	return finish(f, lines_close(&e, rc));
}

/* Notes what kind of object the tip t is. */
static int
classify(struct news *n, struct news_tip *t, const char *type)
{
	if (text_starts(type, "commit"))
		n->commits = true;
	else if (text_starts(type, "tag"))
		n->tags = true;
	else if (text_starts(type, "missing"))
		return bad();
	else
		return 0;
	t->walked = true;
	t->told = false;
	return 0;
}

int
news_answer(struct news *n, int answer, int revs)
{
	FILE *f = stream(revs, "w");
	struct lines a = {0};
	struct news_tip *t;
	int rc = -1;

	if (f == NULL)
		return -1;
	if (lines_open(&a, answer) == 0)
		rc = 1;
	while (rc == 1 && (rc = lines_next(&a)) == 1) {
		if (!has_oid(n, a.line)) {
			rc = bad();
			break;
		}
		t = find(n, a.line);
		if (t != NULL && classify(n, t, a.line + n->digits + 1) == -1)
			rc = -1;
		else if (t != NULL || !text_ends(a.line, " missing"))
			fprintf(f, "%s%.*s\n", t == NULL ? "^" : "",
			    (int)n->digits, a.line);
	}
	return finish(f, lines_close(&a, rc));
}

/* Takes what git says of history. */
static int
read_walk(struct news *n, int walk, FILE *f)
{
	struct lines w = {0};
	struct news_tip *t;
	int rc;

	rc = lines_open(&w, walk) == -1 ? -1 : 1;
	while (rc == 1 && (rc = lines_next(&w)) == 1) {
		if (*w.line == '-')
			fprintf(f, "%s\n", w.line);
		else if (strspn(w.line, "0123456789abcdef") != n->digits)
			rc = bad();
		else if ((t = find(n, w.line)) != NULL && t->walked)
			t->told = true;
	}
	return lines_close(&w, rc);
}

/* Writes the lines of the list that are told, HEAD last, as git does. */
static int
write_names(struct news *n, int list, FILE *f, bool *any)
{
	const struct news_tip *t;
	struct lines l = {0};
	char head[80] = "";
	int rc;

	rc = lines_open(&l, list) == -1 ? -1 : 1;
	while (rc == 1 && (rc = lines_next(&l)) == 1) {
		t = find(n, l.line);
		if (t == NULL || !t->told)
			continue;
		*any = true;
		if (strcmp(l.line + n->digits, " HEAD") == 0)
			snprintf(head, sizeof(head), "%s\n", l.line);
		else
			fprintf(f, "%s\n", l.line);
	}
	fprintf(f, "%s\n", head);
	return lines_close(&l, rc);
}

int
news_header(
    struct news *n, int walk, int list, int bundle, struct refs *r, bool *any)
{
	FILE *f = stream(bundle, "w");
	int rc;

	*any = false;
	if (f == NULL)
		return -1;
	fputs(refs_signature(r), f);
	rc = read_walk(n, walk, f);
	if (rc == 0)
		rc = write_names(n, list, f, any);
	rc = finish(f, rc);
	r->header = (uint64_t)lseek(bundle, 0, SEEK_CUR);
	return rc;
}

void
news_free(struct news *n)
{
	free(n->tips);
	*n = (struct news){0};
}
