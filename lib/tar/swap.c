/* The steps of replacing what is in a directory, forth and back. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/prog.h"
#include "base/text.h"
#include "tar/move.h"
#include "tar/name.h"
#include "tar/swap.h"

/*
 * The protocol.  W (see work.h) has one directory that holds what is unpacked
 * and whose name is the stage; a stage ends by one rename(2) of it.
 *
 *	new	The archive is unpacked into it.  When it is complete and on
 *		disk, "was" tells the attributes of DIR and which names stay,
 *		and "replaced" is made.
 *	out	Each entry of DIR moves to "replaced".  A missing DIR is made.
 *	in	Each entry of "in" moves to DIR, which gets its attributes.
 *	done	The end.  What was replaced is in "replaced".
 *	gone	Nothing in W is needed: it is removed, this directory last.
 *
 * Forth: new, out, in; then gone, or done if what was replaced is kept, and
 * gone by discard.  Before each step both directories that entries moved
 * between are written out, after it W is.  So at "out" all that is in DIR is
 * old, and at "in" all of it is new, but for the names that stay; that is all
 * it takes to go back from anywhere:
 *
 *	done	to in.
 *	in	Each entry of DIR moves to "in"; to out.
 *	out	Each entry of "replaced" moves to DIR, which gets its old
 *		attributes, or is removed if there was none; to gone.
 *	new	to gone.
 *
 * Each of these can be stopped anywhere and begun again.  Whatever DIR has
 * got meanwhile under a name that is needed goes "aside", and away with W.
 *
 * Entries are renamed, seen from descriptors of their directories, and never
 * followed.
 */

static int
fail(struct swap *s)
{
	return work_fail_self(&s->w);
}

int
swap_begin(struct swap *s, const char *dir, bool make)
{
	memset(s, 0, sizeof(*s));
	s->fresh = s->replaced = -1;
	s->status = PROG_DONE;
	s->self.uid = geteuid();
	s->self.mask = umask(0);
	umask(s->self.mask);
	tar_stop_begin(&s->stop);
	return work_open(&s->w, dir, make);
}

static void
close_all(struct swap *s)
{
	if (s->fresh != -1)
		close(s->fresh);
	if (s->replaced != -1)
		close(s->replaced);
	s->fresh = s->replaced = -1;
}

int
swap_end(struct swap *s, int status)
{
	close_all(s);
	was_free(&s->was);
	work_close(&s->w);
	tar_stop_end(&s->stop);
	return status;
}

int
swap_open(struct swap *s, const char *name, int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = openat(
	    s->w.fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return *fd == -1 ? fail(s) : 0;
}

/* Does the entry of DIR stay where it is? */
static bool
stays(const struct swap *s, const char *name)
{
	return strcmp(name, TAR_RESERVED) == 0 || list_has(&s->was.left, name);
}

/* A name stays unless the archive has brought it. */
static void
add_left(struct swap *s, const char *name)
{
	struct stat st;

	if (fstatat(s->fresh, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		list_add(&s->was.left, name);
}

static void
find_left(struct swap *s, const struct tar_exclude *leave)
{
	size_t i;

	add_left(s, "lost+found");
	for (i = 0; leave != NULL && i < leave->names.n; i++)
		add_left(s, leave->names.v[i]);
	for (i = 0; leave != NULL && i < leave->paths.n; i++)
		add_left(s, leave->paths.v[i] + strlen("./"));
}

/* Writes down what DIR is. */
static int
remember(struct swap *s, const struct tar_exclude *leave)
{
	struct stat st;

	s->was.made = s->w.top == -1;
	if (!s->was.made) {
		if (fstat(s->w.top, &st) == -1)
			return work_fail(&s->w, "");
		s->was.attr.mtime = st.st_mtim;
		s->was.attr.uid = st.st_uid;
		s->was.attr.gid = st.st_gid;
		s->was.attr.mode = st.st_mode & 07777;
		find_left(s, leave);
	}
	if (was_save(&s->was, s->w.fd) == -1 ||
	    mkdirat(s->w.fd, "replaced", 0700) == -1 ||
	    work_sync(s->w.fd) == -1)
		return fail(s);
	return 0;
}

static int
make_top(struct swap *s)
{
	struct work *w = &s->w;

	if (mkdirat(w->parent, w->base, 0700) == -1)
		return work_fail(w, "");
	w->top = openat(w->parent, w->base,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (w->top == -1 || work_sync(w->parent) == -1)
		return work_fail(w, "");
	return 0;
}

/* Its owner may move nothing to and from a directory that is read-only. */
static void
unlock_top(struct swap *s)
{
	mode_t mode = s->was.attr.mode;

	if (!s->was.made && s->self.uid != 0 && (mode & S_IRWXU) != S_IRWXU)
		fchmod(s->w.top, mode | S_IRWXU);
}

/* Renames one, whatever its owner, who we are, may do to it. */
static int
move(struct swap *s, int from, const char *name, int to, bool old)
{
	int rc = move_entry(from, name, to, name);

	if (rc == -1 && errno == EACCES && s->self.uid != 0)
		rc = move_own_dir(from, name, to, name, old ? s->w.fd : -1);
	return rc;
}

static int
each(struct swap *s, int dirfd, move_fn *fn)
{
	bool failed;

	if (move_each(dirfd, fn, s, &failed) == 0)
		return 0;
	return failed ? work_fail(&s->w, "") : -1;
}

static int
move_forth(struct swap *s, int from, const char *name, int to, bool old)
{
	if (tar_stop_asked(&s->stop))
		return -1;
	return move(s, from, name, to, old) == 0 ? 1 : work_fail(&s->w, name);
}

static int
take_out(void *arg, const char *name)
{
	struct swap *s = arg;

	if (stays(s, name))
		return 0;
	return move_forth(s, s->w.top, name, s->replaced, true);
}

static int
put_in(void *arg, const char *name)
{
	struct swap *s = arg;

	return move_forth(s, s->fresh, name, s->w.top, false);
}

static int
sync_both(struct swap *s, int fd)
{
	if (work_sync(s->w.top) == -1)
		return work_fail(&s->w, "");
	return work_sync(fd) == -1 ? fail(s) : 0;
}

/* Warns if rc is -1.  Returns a status. */
static int
attr_status(struct swap *s, int rc)
{
	char *line;

	if (rc == 0)
		return PROG_DONE;
	line = text_line(s->w.dir);
	warn("%s: owner, mode or time not set", line);
	free(line);
	return PROG_PARTIAL;
}

/* Gives DIR the attributes that it has at the end. */
static int
set_attr(struct swap *s, const struct tar_attr *attr)
{
	mode_t mode = s->was.made ? 0755 & ~s->self.mask : s->was.attr.mode;
	struct stat st;

	if (attr != NULL)
		return attr_status(s, tar_attr_set(&s->self, attr, s->w.top));
	if (fstat(s->w.top, &st) == 0 && (st.st_mode & 07777) == mode)
		return PROG_DONE;
	return attr_status(s, fchmod(s->w.top, mode));
}

int
swap_forth(struct swap *s, const struct tar_exclude *leave,
    const struct tar_attr *attr, bool keep)
{
	int status;

	if (tar_stop_asked(&s->stop) || remember(s, leave) == -1 ||
	    swap_open(s, "replaced", &s->replaced) == -1 ||
	    work_step(&s->w, WORK_NEW, WORK_OUT) == -1)
		return -1;
	if (s->w.top == -1 && make_top(s) == -1)
		return -1;
	unlock_top(s);
	if (each(s, s->w.top, take_out) == -1 ||
	    sync_both(s, s->replaced) == -1 ||
	    work_step(&s->w, WORK_OUT, WORK_IN) == -1 ||
	    each(s, s->fresh, put_in) == -1)
		return -1;
	status = set_attr(s, attr);
	if (sync_both(s, s->fresh) == -1 || tar_stop_asked(&s->stop) ||
	    work_step(&s->w, WORK_IN, keep ? WORK_DONE : WORK_GONE) == -1)
		return -1;
	return status;
}

/* Moves DIR/name out of the way, under a number. */
static int
put_aside(struct swap *s, const char *name)
{
	int aside, rc, saved;
	char as[16];

	if (mkdirat(s->w.fd, "aside", 0700) == -1 && errno != EEXIST)
		return -1;
	aside = openat(
	    s->w.fd, "aside", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (aside == -1)
		return -1;
	do {
		snprintf(as, sizeof(as), "%u", s->number++);
		rc = move_entry(s->w.top, name, aside, as);
		if (rc == -1 && errno == EACCES && s->self.uid != 0)
			rc = move_own_dir(s->w.top, name, aside, as, -1);
	} while (rc == -1 && errno == EEXIST);
	saved = errno;
	close(aside);
	errno = saved;
	return rc;
}

static int
take_back(void *arg, const char *name)
{
	struct swap *s = arg;

	if (stays(s, name))
		return 0;
	if (move(s, s->w.top, name, s->fresh, false) == 0)
		return 1;
	if (errno == EEXIST && put_aside(s, name) == 0)
		return 1;
	return work_fail(&s->w, name);
}

static int
give_back(void *arg, const char *name)
{
	struct swap *s = arg;

	if (move(s, s->replaced, name, s->w.top, true) == 0)
		return 1;
	if (errno == EEXIST && put_aside(s, name) == 0 &&
	    move(s, s->replaced, name, s->w.top, true) == 0)
		return 1;
	return work_fail(&s->w, name);
}

/* DIR as it was, for when nothing will move there any more. */
static int
restore_attr(struct swap *s)
{
	const struct tar_self self = {NULL, s->self.uid, 0};
	int status =
	    attr_status(s, tar_attr_set(&self, &s->was.attr, s->w.top));

	s->status = prog_worse(s->status, status);
	return 0;
}

/* DIR, which was not there, goes away again. */
static int
unmake_top(struct swap *s)
{
	struct work *w = &s->w;

	if (w->top == -1)
		return 0;
	if (unlinkat(w->parent, w->base, AT_REMOVEDIR) == -1 && errno != ENOENT)
		return work_fail(w, "");
	close(w->top);
	w->top = -1;
	return work_sync(w->parent) == -1 ? work_fail(w, "") : 0;
}

static int
back_from_in(struct swap *s)
{
	/* Somebody has removed it. */
	if (s->w.top == -1 && make_top(s) == -1)
		return -1;
	unlock_top(s);
	if (swap_open(s, work_stage_name(WORK_IN), &s->fresh) == -1 ||
	    each(s, s->w.top, take_back) == -1 || sync_both(s, s->fresh) == -1)
		return -1;
	return work_step(&s->w, WORK_IN, WORK_OUT);
}

static int
back_from_out(struct swap *s)
{
	if (swap_open(s, "replaced", &s->replaced) == -1)
		return -1;
	if (s->was.made) {
		if (unmake_top(s) == -1)
			return -1;
		return work_step(&s->w, WORK_OUT, WORK_GONE);
	}
	if (s->w.top == -1 && make_top(s) == -1)
		return -1;
	unlock_top(s);
	if (move_mend(s->w.fd, s->replaced, s->w.top) == -1)
		return fail(s);
	if (each(s, s->replaced, give_back) == -1 || restore_attr(s) == -1 ||
	    sync_both(s, s->replaced) == -1)
		return -1;
	return work_step(&s->w, WORK_OUT, WORK_GONE);
}

int
swap_back(struct swap *s)
{
	int stage = work_stage(&s->w), rc = 0;

	if (stage == -1)
		return -1;
	if (stage == WORK_OUT || stage == WORK_IN || stage == WORK_DONE) {
		was_free(&s->was);
		if (was_load(&s->was, s->w.fd) == -1)
			return fail(s);
	}
	if (stage == WORK_NEW)
		rc = work_step(&s->w, WORK_NEW, WORK_GONE);
	if (stage == WORK_DONE)
		rc = work_step(&s->w, WORK_DONE, WORK_IN);
	if (rc == 0 && (stage == WORK_DONE || stage == WORK_IN))
		rc = back_from_in(s);
	if (rc == 0 &&
	    (stage == WORK_DONE || stage == WORK_IN || stage == WORK_OUT))
		rc = back_from_out(s);
	close_all(s);
	return rc == 0 ? work_drop(&s->w) : -1;
}

static int
throw_out(void *arg, const char *name)
{
	struct swap *s = arg;
	char as[16];
	int rc;

	if (stays(s, name))
		return 0;
	do {
		snprintf(as, sizeof(as), "%u", s->number++);
		rc = move_entry(s->w.top, name, s->fresh, as);
		if (rc == -1 && errno == EACCES && s->self.uid != 0)
			rc = move_own_dir(s->w.top, name, s->fresh, as, -1);
	} while (rc == -1 && errno == EEXIST);
	return rc == 0 ? 1 : work_fail(&s->w, name);
}

int
swap_delete(struct swap *s, const struct tar_exclude *leave)
{
	if (s->w.top == -1)
		return make_top(s) == -1
		    ? -1
		    : fchmod(s->w.top, 0755 & ~s->self.mask);
	find_left(s, leave);
	if (each(s, s->w.top, throw_out) == -1)
		return -1;
	return move_remove_all(s->fresh) == -1 ? fail(s) : 0;
}
