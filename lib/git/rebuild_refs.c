/* Makes a repository's references equal to a list. */
/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/io.h"
#include "base/text.h"
#include "git/asuser.h"
#include "git/present.h"
#include "git/rebuild.h"
#include "git/refdirs.h"
#include "git/reffiles.h"
#include "git/reflist.h"

#define LOST_MAX 1000 /* references without objects: more is no accident */

/* Where a list is replaced by what b->lost says. */
struct patch {
	const struct list *lost;
	size_t at;
};

/*
 * The object id that the line's reference gets; NULL: it is left out.  Both
 * lists are in the same order.
 */
static const char *
patch(struct patch *p, const struct reflist *l, size_t digits, char *oid)
{
	const char *s = p->at < p->lost->n ? p->lost->v[p->at] : NULL;
	const char *space;

	if (s == NULL)
		return l->oid;
	space = text_starts(s, "refs/") || strcmp(s, "HEAD") == 0
	    ? NULL
	    : strchr(s, ' ');
	if (strcmp(space == NULL ? s : space + 1, l->name) != 0)
		return l->oid;
	p->at++;
	if (space == NULL)
		return NULL;
	snprintf(oid, digits + 1, "%s", s);
	return oid;
}

/* Closes f.  Returns 0, or -1 if not all was written. */
static int
finish(struct rebuild *b, FILE *f)
{
	int bad = ferror(f);

	if (fclose(f) == EOF || bad)
		return rebuild_write_failed(b);
	return 0;
}

static int
damaged(struct rebuild *b, const struct reflist *l)
{
	buf_puts(&b->why, l->wrong != NULL ? l->wrong : strerror(errno));
	return -1;
}

/*
 * Writes the file packed-refs, in which git keeps many references: one file
 * instead of one for each, and durable at once.  What it is for git to add,
 * the objects that tags stand for, git pack-refs adds.
 */
static int
write_packed(struct rebuild *b, int list)
{
	struct patch p = {&b->lost, 0};
	struct reflist l;
	const char *oid;
	uint64_t n = 0;
	char room[80];
	int fd, rc;
	FILE *f;

	fd = rebuild_file(b, "packed-refs");
	if (fd == -1)
		return -1;
	f = fdopen(fd, "w");
	if (f == NULL) {
		close(fd);
		return rebuild_write_failed(b);
	}
	fputs("# pack-refs with: sorted \n", f);
	rc = reflist_open(&l, list, b->digits);
	while (rc == 0 && (rc = reflist_next(&l)) == 1) {
		rc = 0;
		oid = patch(&p, &l, b->digits, room);
		if (strcmp(l.name, "HEAD") == 0)
			snprintf(b->head, sizeof(b->head), "%s",
			    oid == NULL ? "" : oid);
		else if (oid != NULL && ++n > 0)
			fprintf(f, "%s %s\n", oid, l.name);
	}
	if (rc == -1)
		damaged(b, &l);
	b->refs = n;
	if (finish(b, f) == -1)
		rc = -1;
	reflist_close(&l);
	return rc;
}

/* Without references, git has no such file. */
static int
remove_packed(struct rebuild *b)
{
	char name[64];
	int rc;

	snprintf(name, sizeof(name), "%u.new/packed-refs", b->worker);
	asuser_enter(b->user);
	rc = unlinkat(b->fd, name, 0);
	asuser_leave(b->user);
	return rc == 0 ? 0 : rebuild_write_failed(b);
}

/* Detaches HEAD, if it named nothing: then the list has its object. */
static int
write_head(struct rebuild *b)
{
	int fd, rc;

	if (b->chain->head_reference != NULL || *b->head == '\0')
		return 0;
	fd = rebuild_file(b, "HEAD");
	if (fd == -1)
		return -1;
	rc = io_write_all(fd, b->head, b->digits);
	if (rc == 0)
		rc = io_write_all(fd, "\n", 1);
	if (close(fd) == -1 || rc == -1)
		return rebuild_write_failed(b);
	return 0;
}

/* Goes to the next line that is not HEAD's. */
static int
next_ref(struct reflist *l)
{
	int rc = reflist_next(l);

	return rc == 1 && strcmp(l->name, "HEAD") == 0 ? reflist_next(l) : rc;
}

/* The same for a list that b->lost replaces some of. */
static int
next_patched(struct reflist *l, struct patch *p, size_t digits,
    const char **oid, char *room)
{
	int rc;

	do {
		rc = reflist_next(l);
		*oid = rc == 1 ? patch(p, l, digits, room) : NULL;
	} while (rc == 1 && (*oid == NULL || strcmp(l->name, "HEAD") == 0));
	return rc;
}

/* Is what git lists what the backup lists?  Returns 1, 0, or -1. */
static int
equal(struct rebuild *b, int list, int shown)
{
	struct patch p = {&b->lost, 0};
	struct reflist want, got = {0};
	const char *oid = NULL;
	char room[80];
	int rc, other, same = -1;

	if (reflist_open(&want, list, b->digits) == -1 ||
	    reflist_open(&got, shown, b->digits) == -1)
		goto out;
	do {
		rc = next_patched(&want, &p, b->digits, &oid, room);
		other = next_ref(&got);
		same = rc == other &&
		    (rc != 1 ||
			(strcmp(oid, got.oid) == 0 &&
			    strcmp(want.name, got.name) == 0));
	} while (same == 1 && rc == 1);
	b->bytes += same == 1 ? want.bytes : 0;
out:
	reflist_close(&want);
	reflist_close(&got);
	return same;
}

/*
 * Is it plain that git lists what the backup lists, and has the objects?  If
 * not, it has to be asked.
 */
static bool
plainly_equal(struct rebuild *b, int list, int shown)
{
	struct refdirs found = {.odd = false};
	struct buf why = {NULL, 0, 0};
	char name[32];
	bool same;
	int repo;

	snprintf(name, sizeof(name), "%u.new", b->worker);
	repo = openat(b->fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (repo == -1)
		return false;
	same = refdirs_check(repo, b->user, &found, &why) == 0 &&
	    reffiles_list(repo, b->user, &found, shown) == 1 &&
	    present_all(repo, b->user, shown) && equal(b, list, shown) == 1;
	close(repo);
	buf_free(&found.files);
	buf_free(&why);
	return same;
}

/* Sees that the references are what the list says.  Returns 0 or -1. */
static int
compare_refs(struct rebuild *b, int list, int shown)
{
	struct run r = {.in = -1, .out = shown, .strict = true};

	if (plainly_equal(b, list, shown))
		return 0;
	if (ftruncate(shown, 0) == -1 || lseek(shown, 0, SEEK_SET) == -1)
		return rebuild_write_failed(b);
	if (rebuild_git(b, &r, "show-ref", "--head", NULL) != 0)
		return -1;
	if (equal(b, list, shown) == 1)
		return 0;
	buf_puts(&b->why, "git show-ref: other references than these");
	return -1;
}

/*
 * Writes the references, and lets git read them: it knows which names are
 * none, and that each one's object is there.
 */
static int
try_refs(struct rebuild *b, int list)
{
	struct run r = {.in = -1, .out = -1};
	int shown, rc;

	if (write_packed(b, list) == -1 || write_head(b) == -1)
		return -1;
	if (b->refs == 0 && remove_packed(b) == -1)
		return -1;
	/* A detached HEAD must have its object, even if it is all there is. */
	if (b->refs == 0 &&
	    (b->chain->head_reference != NULL || *b->head == '\0'))
		return 0;
	if (b->refs > 0 && rebuild_git(b, &r, "pack-refs", "--all", NULL) != 0)
		return -1;
	shown = rebuild_file(b, NULL);
	if (shown == -1)
		return -1;
	rc = compare_refs(b, list, shown);
	close(shown);
	return rc;
}

/* Lists all object ids for git, then what git says of each. */
static int
list_types(struct rebuild *b, int list, int types)
{
	struct run r = {.out = types};
	struct reflist l;
	FILE *f = tmpfile();
	int rc;

	if (f == NULL)
		return rebuild_write_failed(b);
	rc = reflist_open(&l, list, b->digits);
	while (rc == 0 && (rc = reflist_next(&l)) == 1) {
		rc = 0;
		fprintf(f, "%s\n", l.oid);
	}
	if (rc == -1)
		damaged(b, &l);
	reflist_close(&l);
	r.in = fileno(f);
	if (rc == 0 && (fflush(f) == EOF || lseek(r.in, 0, SEEK_SET) == -1))
		rc = rebuild_write_failed(b);
	if (rc == 0 &&
	    rebuild_git(
		b, &r, "cat-file", "--batch-check=%(objecttype)", NULL) != 0)
		rc = -1;
	fclose(f);
	return rc;
}

/* Puts the names of those references into *names that have no object. */
static int
find_lost(struct rebuild *b, int list, int types, struct list *names)
{
	struct reflist l;
	char *line = NULL;
	size_t size = 0;
	FILE *f;
	int copy, rc;

	rc = reflist_open(&l, list, b->digits);
	copy = fcntl(types, F_DUPFD_CLOEXEC, 0);
	f = lseek(types, 0, SEEK_SET) == 0 ? fdopen(copy, "r") : NULL;
	while (rc == 0 && f != NULL && (rc = reflist_next(&l)) == 1) {
		rc = getline(&line, &size, f) > 0 ? 0 : -1;
		if (rc == 0 && text_ends(line, " missing\n"))
			list_add(names, l.name);
		if (names->n > LOST_MAX)
			rc = -1;
	}
	if (f != NULL)
		fclose(f);
	else if (copy != -1)
		close(copy);
	free(line);
	reflist_close(&l);
	return f == NULL ? -1 : rc;
}

/* What the header of the bundle fd, which it closes, says of name. */
static char *
ask_bundle(const struct rebuild *b, int fd, const char *name)
{
	FILE *f = fdopen(fd, "r");
	char *line = NULL, *found = NULL;
	size_t size = 0;
	ssize_t len;

	if (f == NULL) {
		close(fd);
		return NULL;
	}
	while (found == NULL && (len = getline(&line, &size, f)) > 1) {
		line[len - 1] = '\0';
		/* add_bundle() has found the header sound. */
		if (strspn(line, "0123456789abcdef") == b->digits &&
		    line[b->digits] == ' ' &&
		    strcmp(line + b->digits + 1, name) == 0)
			found = xstrdup(line);
	}
	fclose(f);
	free(line);
	return found;
}

/* What the newest bundle that has name says of it, "OID NAME", or NULL. */
static char *
ask_bundles(const struct rebuild *b, const char *name)
{
	size_t i = b->chain->n_steps;
	char *found = NULL;
	const char *path;
	int fd;

	while (found == NULL && i-- > 0) {
		path = b->chain->steps[i].bundle_path;
		fd = path != NULL ? chain_open(b->tree, path) : -1;
		if (fd != -1)
			found = ask_bundle(b, fd, name);
	}
	return found;
}

/* Tells what was done about the references without objects. */
static void
tell(struct rebuild *b, size_t moved, const char *first)
{
	buf_printf(&b->note,
	    "%zu references have no object in the backup: %zu became what "
	    "the bundle says, %zu are left out; the first is %s",
	    b->lost.n, moved, b->lost.n - moved, first);
}

/*
 * Finds out which references have no object, and what to do about them.
 * Returns 0 if there are some, else -1 with b->why as it was.
 */
static int
mend(struct rebuild *b, int list)
{
	struct list names = {NULL, 0};
	char *why = buf_take(&b->why), *found;
	int types, rc = -1;
	size_t i, moved = 0;

	types = rebuild_file(b, NULL);
	if (types != -1 && list_types(b, list, types) == 0 &&
	    find_lost(b, list, types, &names) == 0 && names.n > 0) {
		for (i = 0; i < names.n; i++) {
			found = ask_bundles(b, names.v[i]);
			list_add(&b->lost, found != NULL ? found : names.v[i]);
			moved += found != NULL;
			free(found);
		}
		tell(b, moved, names.v[0]);
		rc = 0;
	}
	if (types != -1)
		close(types);
	buf_reset(&b->why);
	if (rc == -1)
		buf_puts(&b->why, why);
	list_free(&names);
	free(why);
	return rc;
}

int
rebuild_refs(struct rebuild *b, int list)
{
	if (try_refs(b, list) == 0)
		return 0;
	if (b->refs == 0 || b->full != 0 || mend(b, list) == -1)
		return -1;
	return try_refs(b, list);
}
