/* Puts back what one run of a restore has replaced on a storage. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/num.h"
#include "base/prog.h"
#include "base/status.h"
#include "git/kept.h"
#include "git/place.h"
#include "git/putback.h"
#include "git/tally.h"
#include "git/target.h"

#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define INODE_SIZE 32 /* bytes of "+INODE" */

struct walk {
	const struct putback *p;
	/* Undoes what the mark called name in dir, that of path, tells of. */
	void (*undo)(struct walk *w, int dir, const char *name);
	int waste;
	struct buf path; /* of the directory at hand */
	int status;
};

/* What a directory of the walk holds besides directories. */
struct level {
	struct walk *w;
	char *mark; /* "+" or "+INODE" */
	bool made; /* "+dir" */
};

static void
stays(struct walk *w, const char *why)
{
	if (why != NULL)
		tally_complain(w->p->storage->name, buf_str(&w->path), why);
	w->status = prog_worse(w->status, PROG_PARTIAL);
}

static void
stays_for(struct walk *w, const char *what)
{
	struct buf why = {NULL, 0, 0};
	int saved = errno;

	buf_printf(&why, "%s: %s", what, strerror(saved));
	stays(w, buf_str(&why));
	buf_free(&why);
}

/* Does tree of a newer run hold something at path? */
static bool
is_held(int run, const char *tree, const char *path)
{
	char *mark = xasprintf("%s/%s/+", tree, path);
	struct buf why = {NULL, 0, 0};
	struct target t;
	struct stat st;
	bool held;

	held = target_find(run, mark, false, &t, &why) == 0 &&
	    fstatat(t.parent, t.name, &st, AT_SYMLINK_NOFOLLOW) == 0;
	target_close(&t);
	buf_free(&why);
	free(mark);
	return held;
}

/* Does a newer run?  Then that one's has to go back first. */
static bool
must_wait(const struct walk *w)
{
	const struct putback *p = w->p;
	char name[KEPT_NAME_MAX];
	int64_t n = p->number;
	bool held = false;
	int run;

	while (p->waiting && !held && kept_above(p->gitaly, n, &n) == 1) {
		snprintf(name, sizeof(name), KEPT_RUN "%lld", (long long)n);
		run = openat(p->gitaly, name, DIR_FLAGS);
		if (run == -1)
			continue;
		held = is_held(run, PLACE_REPLACED, w->path.data) ||
		    is_held(run, PLACE_MADE, w->path.data);
		close(run);
	}
	return held;
}

/* Moves what is called name in dir to the waste.  Returns 0, or -1. */
static int
throw_away(const struct walk *w, int dir, const char *name)
{
	char number[INODE_SIZE];
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return -1;
	snprintf(number, sizeof(number), "%llu", (unsigned long long)st.st_ino);
	return renameat2(dir, name, w->waste, number, RENAME_NOREPLACE);
}

/*
 * Finds the place of the repository at hand, and what stands there: a
 * directory, or nothing.  Returns 0, or -1 after it has been complained of.
 */
static int
find_place(struct walk *w, bool make, struct target *t)
{
	struct buf why = {NULL, 0, 0};
	int rc;

	rc = target_open(w->p->storage->fd, w->path.data, make, t, &why);
	if (rc == -1 && t->cut > 0 && !make) {
		rc = 0; /* then nothing is there */
	} else if (rc == 0 && t->file) {
		buf_puts(&why, "what is no directory stands in its place");
		rc = -1;
	}
	if (rc == -1)
		stays(w, buf_str(&why));
	buf_free(&why);
	return rc;
}

/*
 * Exchanges the old one, called mark or "+INODE" in dir, with what stands in
 * its place.  Returns 0, or -1 with errno and everything as it was.
 */
static int
exchange(int dir, const char *mark, const char *number, const struct target *t)
{
	int saved;

	if (strcmp(mark, number) != 0 &&
	    renameat2(dir, mark, dir, number, RENAME_NOREPLACE) == -1)
		return -1;
	if (renameat2(dir, number, t->parent, t->name, RENAME_EXCHANGE) == 0)
		return 0;
	saved = errno;
	renameat2(dir, number, dir, "+", RENAME_NOREPLACE);
	errno = saved;
	return -1;
}

/* Puts a replaced one back.  A walk.undo. */
static void
put_back(struct walk *w, int dir, const char *mark)
{
	char number[INODE_SIZE];
	struct target t;
	struct stat st;
	int rc;

	if (fstatat(dir, mark, &st, AT_SYMLINK_NOFOLLOW) == -1) {
		stays_for(w, mark);
		return;
	}
	snprintf(
	    number, sizeof(number), "+%llu", (unsigned long long)st.st_ino);
	/* Another's number: it went back, and this is what it was for. */
	if (mark[1] != '\0' && strcmp(mark, number) != 0) {
		if (throw_away(w, dir, mark) == -1)
			stays_for(w, "what the restore made cannot be removed");
		return;
	}
	if (must_wait(w)) {
		stays(w, NULL);
		return;
	}
	if (find_place(w, true, &t) == 0) {
		rc = t.there
		    ? exchange(dir, mark, number, &t)
		    : renameat2(dir, mark, t.parent, t.name, RENAME_NOREPLACE);
		if (rc == -1)
			stays_for(w, "cannot be put back");
		else
			status_add(0, 0, 1);
		if (rc == 0 && t.there && throw_away(w, dir, number) == -1)
			stays_for(w, "what the restore made cannot be removed");
	}
	target_close(&t);
}

/* Removes what was made where nothing stood.  A walk.undo. */
static void
take_away(struct walk *w, int dir, const char *mark)
{
	struct target t;

	if (must_wait(w)) {
		stays(w, NULL);
		return;
	}
	if (find_place(w, false, &t) == 0) {
		if ((t.there && throw_away(w, t.parent, t.name) == -1) ||
		    unlinkat(dir, mark, 0) == -1)
			stays_for(w, "cannot be removed");
		else
			status_add(0, 0, 1);
	}
	target_close(&t);
}

/* Removes the directory at hand, which the run made, unless it is in use. */
static void
remove_directory(struct walk *w, int dir)
{
	struct buf why = {NULL, 0, 0};
	struct target t;

	if (target_find(w->p->storage->fd, w->path.data, false, &t, &why) == 0)
		unlinkat(t.parent, t.name, AT_REMOVEDIR);
	target_close(&t);
	buf_free(&why);
	/* It may yet become empty if something stays. */
	if (w->status == PROG_DONE)
		unlinkat(dir, "+dir", 0);
}

static void walk_directory(struct walk *, int);

/* May this be the old one, "+" or "+INODE"? */
static bool
is_mark(const char *name)
{
	int64_t n;

	return strcmp(name, "+") == 0 ||
	    (*name == '+' && num_parse(name + 1, 0, INT64_MAX, &n) == 0);
}

/*
 * Looks at one entry.  For kept_each().  Of two that may be the old one, only
 * "+" can be.
 */
static int
enter(int dir, const char *name, void *arg)
{
	struct level *l = arg;
	struct walk *w = l->w;
	size_t len = w->path.len;
	char *other = NULL;
	int fd;

	if (strcmp(name, "+dir") == 0) {
		l->made = true;
		return 0;
	}
	if (is_mark(name) && (l->mark == NULL || strcmp(name, "+") == 0)) {
		other = l->mark;
		l->mark = xstrdup(name);
		if (other == NULL)
			return 0;
		name = other;
	}
	if (len > 0)
		buf_putc(&w->path, '/');
	buf_puts(&w->path, name);
	fd = place_bad(name) == NULL ? openat(dir, name, DIR_FLAGS) : -1;
	if (fd == -1) {
		stays(w, "is not what a restore keeps");
	} else {
		walk_directory(w, fd);
		close(fd);
		unlinkat(dir, name, AT_REMOVEDIR);
	}
	w->path.len = len;
	w->path.data[len] = '\0';
	free(other);
	return 0;
}

/* Undoes all below the directory dir, then what is in it. */
static void
walk_directory(struct walk *w, int dir)
{
	struct level l = {w, NULL, false};

	if (kept_each(dir, enter, &l) == -1)
		stays_for(w, "cannot be read");
	if (w->path.len == 0 && (l.mark != NULL || l.made))
		stays(w, "is not what a restore keeps");
	else if (l.mark != NULL)
		w->undo(w, dir, l.mark);
	if (w->path.len > 0 && l.made)
		remove_directory(w, dir);
	free(l.mark);
}

/* Goes through one of the two trees. */
static void
walk_tree(struct walk *w, const char *tree,
    void (*undo)(struct walk *, int, const char *))
{
	int fd = openat(w->p->run, tree, DIR_FLAGS), saved = errno;

	if (fd == -1 && saved == ENOENT)
		return;
	w->undo = undo;
	if (fd == -1) {
		buf_printf(&w->path, KEPT_PARENT "/" KEPT_RUN "%lld/%s",
		    (long long)w->p->number, tree);
		stays(w, strerror(saved));
		buf_reset(&w->path);
		return;
	}
	walk_directory(w, fd);
	close(fd);
}

int
putback_run(const struct putback *p)
{
	struct walk w = {.p = p, .status = PROG_DONE};

	buf_puts(&w.path, "");
	if (mkdirat(p->run, PUTBACK_WASTE, 0700) == 0 || errno == EEXIST)
		w.waste = openat(p->run, PUTBACK_WASTE, DIR_FLAGS);
	else
		w.waste = -1;
	if (w.waste == -1) {
		warn("%s/" KEPT_PARENT "/" KEPT_RUN "%lld/" PUTBACK_WASTE,
		    p->storage->dir, (long long)p->number);
		return PROG_FAILED;
	}
	walk_tree(&w, PLACE_REPLACED, put_back);
	walk_tree(&w, PLACE_MADE, take_away);
	close(w.waste);
	buf_free(&w.path);
	return w.status;
}
