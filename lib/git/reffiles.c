/* Reads the references of a repository from its own files, as git does. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/io.h"
#include "base/text.h"
#include "git/peek.h"
#include "git/reffiles.h"

#define DIGITS 40

/*
 * A reference has its file below refs/, or a line in packed-refs, or both:
 *
 *	# pack-refs with: peeled fully-peeled sorted LF		or not
 *	OID SP NAME LF
 *	^OID LF			what the tag in the line before leads to
 *
 * and the file counts.  Git packs a reference first and removes its file then,
 * so that whoever reads the files first, and packed-refs after them, misses
 * none.  It replaces packed-refs as a whole: an open one stays as it was.
 */
struct loose {
	const char *name;
	char oid[DIGITS + 1]; /* "": its file is gone meanwhile */
};

struct reading {
	struct loose *loose; /* by name */
	size_t n;
	FILE *packed; /* NULL: there is none */
	char *line; /* of it */
	size_t size;
	struct buf last; /* the name in the line before */
	const char *oid, *name; /* of this line; name NULL: no more */
	struct buf head; /* what HEAD names, or nothing */
	char head_oid[DIGITS + 1]; /* what it leads to, if anything */
};

static bool
is_oid(const char *s)
{
	return strspn(s, "0123456789abcdef") == DIGITS &&
	    strspn(s, "0") != DIGITS;
}

/* Is it a name that any git takes for a good one? */
static bool
is_good(const char *name)
{
	static const char bad[] = "\001\002\003\004\005\006\007\010\011\012\013"
				  "\014\015\016\017\020\021\022\023\024\025\026"
				  "\027\030\031\032\033\034\035\036\037\177"
				  " ~^:?*[\\";
	const char *p = name;
	size_t n;

	if (!text_starts(name, "refs/") || name[strcspn(name, bad)] != '\0' ||
	    strstr(name, "..") != NULL || strstr(name, "@{") != NULL ||
	    text_ends(name, "."))
		return false;
	for (;; p += n + 1) {
		n = strcspn(p, "/");
		if (n == 0 || *p == '.' ||
		    (n >= 5 && memcmp(p + n - 5, ".lock", 5) == 0))
			return false;
		if (p[n] == '\0')
			return true;
	}
}

/*
 * Reads the object id that is all that the file at path holds.  Returns 1, or
 * 0 if it is not that; oid is "" if there is no file.
 */
static int
read_oid(int dirfd, const char *path, const struct child_user *user,
    char oid[DIGITS + 1])
{
	char text[DIGITS + 3];
	struct stat st;
	ssize_t n;
	int fd;

	*oid = '\0';
	fd = refdirs_open(dirfd, path, user, &st);
	if (fd == -1)
		return errno == ENOENT;
	n = io_read_full(fd, text, sizeof(text) - 1);
	close(fd);
	if (n < DIGITS)
		return 0;
	text[n] = '\0';
	if (strcmp(text + DIGITS, "\n") != 0 && text[DIGITS] != '\0')
		return 0;
	text[DIGITS] = '\0';
	memcpy(oid, text, sizeof(text) - 2);
	return is_oid(oid);
}

/* Finds out what HEAD is.  Returns 1, or 0 if only git can tell. */
static int
read_head(struct reading *r, int dirfd, const struct child_user *user)
{
	switch (peek_head(dirfd, &r->head)) {
	case PEEK_SYMBOLIC:
		return strlen(buf_str(&r->head)) == r->head.len &&
		    is_good(buf_str(&r->head));
	case PEEK_DETACHED:
		return read_oid(dirfd, "HEAD", user, r->head_oid) &&
		    *r->head_oid != '\0';
	case PEEK_ELSEWHERE:
	case PEEK_UNREADABLE:
		break;
	}
	return 0;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(
	    ((const struct loose *)a)->name, ((const struct loose *)b)->name);
}

/* Reads the files of their own.  Returns 1, or 0 if only git can tell. */
static int
read_loose(struct reading *r, int dirfd, const struct child_user *user,
    const struct buf *files)
{
	const char *p, *end = buf_str(files) + files->len;
	size_t n = 0;

	for (p = buf_str(files); p < end; p += strlen(p) + 1)
		n++;
	r->loose = xcalloc(n + 1, sizeof(*r->loose));
	for (p = buf_str(files); p < end; p += strlen(p) + 1) {
		r->loose[r->n].name = p;
		if (!is_good(p) ||
		    !read_oid(dirfd, p, user, r->loose[r->n++].oid))
			return 0;
	}
	qsort(r->loose, r->n, sizeof(*r->loose), compare);
	return 1;
}

/* Opens packed-refs, if there is one.  Returns 1, or 0 if only git can. */
static int
open_packed(struct reading *r, int dirfd, const struct child_user *user)
{
	struct stat st;
	int fd = refdirs_open(dirfd, "packed-refs", user, &st);

	if (fd == -1)
		return errno == ENOENT;
	r->packed = fdopen(fd, "r");
	if (r->packed == NULL)
		close(fd);
	return r->packed != NULL;
}

/*
 * Goes to the next reference in packed-refs.  Returns 1, also at the end, or 0
 * if a line is not as it should be, or not behind the one before by its name.
 */
static int
next_packed(struct reading *r)
{
	bool first = r->last.len == 0;
	ssize_t len;

	r->name = NULL;
	while (r->packed != NULL &&
	    (len = getline(&r->line, &r->size, r->packed)) > 0) {
		if (r->line[len - 1] != '\n')
			return 0;
		r->line[--len] = '\0';
		if (strlen(r->line) != (size_t)len)
			return 0;
		if (first && text_starts(r->line, "# pack-refs with:"))
			continue;
		if (*r->line == '^' && len == DIGITS + 1 && r->last.len > 0 &&
		    is_oid(r->line + 1))
			continue;
		if (!is_oid(r->line) || r->line[DIGITS] != ' ' ||
		    !is_good(r->line + DIGITS + 1) ||
		    strcmp(r->line + DIGITS + 1, buf_str(&r->last)) <= 0)
			return 0;
		r->line[DIGITS] = '\0';
		r->oid = r->line;
		r->name = r->line + DIGITS + 1;
		buf_reset(&r->last);
		buf_puts(&r->last, r->name);
		return 1;
	}
	return r->packed == NULL || feof(r->packed);
}

/* Writes one line, and notes whether it is what HEAD names. */
static void
put(struct reading *r, const char *oid, const char *name, FILE *f)
{
	fprintf(f, "%s %s\n", oid, name);
	if (r->head.len > 0 && strcmp(name, r->head.data) == 0)
		memcpy(r->head_oid, oid, sizeof(r->head_oid));
}

/*
 * Writes all references in the order of their names.  One whose file has gone,
 * and that is not packed, was deleted or renamed: the new name may have been
 * missed.  Returns 1, or 0 if git has to be asked.
 */
static int
merge(struct reading *r, FILE *f)
{
	struct loose *l = r->loose, *end = r->loose + r->n;
	int order, rc = next_packed(r);

	while (rc == 1 && (l < end || r->name != NULL)) {
		order = l == end      ? 1
		    : r->name == NULL ? -1
				      : strcmp(l->name, r->name);
		if (order <= 0 && *l->oid != '\0')
			put(r, l->oid, l->name, f);
		else if (order >= 0 && r->name != NULL)
			put(r, r->oid, r->name, f);
		else
			return 0;
		if (order <= 0)
			l++;
		if (order >= 0)
			rc = next_packed(r);
	}
	return rc;
}

/*
 * HEAD's line comes first, though it is known last: room is left for it, and
 * if it is not used all is written again.  Returns as reffiles_list().
 */
static int
write_list(struct reading *r, FILE *f)
{
	static const char room[] = "%-40s HEAD\n";
	bool detached = r->head.len == 0;
	long start;
	int rc;

	fprintf(f, room, r->head_oid);
	start = ftell(f);
	rc = merge(r, f);
	if (rc == 1 && *r->head_oid != '\0') {
		/* HEAD alone: is there its object? */
		if (detached && ftell(f) == start)
			return 0;
		rewind(f);
		fprintf(f, room, r->head_oid);
	} else if (rc == 1) {
		rewind(f);
		if (ftruncate(fileno(f), 0) == -1)
			return -1;
		if (r->packed != NULL)
			rewind(r->packed);
		buf_reset(&r->last);
		rc = merge(r, f);
	}
	return rc == 1 && (fflush(f) == EOF || ferror(f)) ? -1 : rc;
}

int
reffiles_list(int dirfd, const struct child_user *user,
    const struct refdirs *found, int list)
{
	struct reading r = {.n = 0};
	int copy, rc = 0, saved;
	FILE *f = NULL;

	if (!found->odd && peek_plain(dirfd) && read_head(&r, dirfd, user) &&
	    read_loose(&r, dirfd, user, &found->files) &&
	    open_packed(&r, dirfd, user)) {
		copy = fcntl(list, F_DUPFD_CLOEXEC, 0);
		f = copy != -1 ? fdopen(copy, "w") : NULL;
		rc = f != NULL ? write_list(&r, f) : -1;
		if (f == NULL && copy != -1)
			close(copy);
	}
	saved = errno;
	if (f != NULL && fclose(f) == EOF && rc == 1)
		rc = -1;
	else
		errno = saved;
	if (r.packed != NULL)
		fclose(r.packed);
	free(r.line);
	free(r.loose);
	buf_free(&r.last);
	buf_free(&r.head);
	return rc;
}
