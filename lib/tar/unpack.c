/* A tar stream as a directory tree. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/prog.h"
#include "base/status.h"
#include "base/text.h"
#include "tar/decode.h"
#include "tar/name.h"
#include "tar/target.h"
#include "tar/unpacker.h"

/* Has something before the current member failed? */
static bool
is_late(struct unpacker *u)
{
	int saved = errno;

	tar_crew_settle(u->crew, NULL);
	errno = saved;
	return tar_crew_failed(u->crew);
}

int
unpack_refuse(struct unpacker *u, const char *why)
{
	if (is_late(u))
		return -1;
	tar_read_complain(u->reader, why);
	u->status = PROG_DAMAGED;
	return -1;
}

int
unpack_unreadable(struct unpacker *u)
{
	if (is_late(u))
		return -1;
	tar_read_tell(u->reader);
	u->status = tar_read_status(u->reader);
	return -1;
}

/* The path as the user would write it, as one line; the caller frees it. */
static char *
line_of(const char *dir, const char *path)
{
	struct buf raw = {NULL, 0, 0};
	char *line;

	buf_puts(&raw, dir);
	if (*path != '\0' && !text_ends(raw.data, "/"))
		buf_putc(&raw, '/');
	buf_puts(&raw, path);
	line = text_line(raw.data);
	buf_free(&raw);
	return line;
}

int
unpack_fail_for(struct unpacker *u, const char *path, const char *why)
{
	char *line;

	if (is_late(u))
		return -1;
	line = line_of(u->o->dir, path);
	warnx("%s: %s", line, why);
	free(line);
	u->status = PROG_FAILED;
	return -1;
}

int
unpack_fail(struct unpacker *u, const char *path)
{
	return unpack_fail_for(u, path, strerror(errno));
}

void
unpack_warn_attr(const char *dir, const char *path)
{
	int saved = errno;
	char *line = line_of(dir, path);

	warnx("%s: owner, mode or time not set: %s", line, strerror(saved));
	free(line);
}

void
unpack_attr_failed(struct unpacker *u, const char *path)
{
	unpack_warn_attr(u->o->dir, path);
	u->status = PROG_PARTIAL;
}

bool
unpack_ours(const struct unpacker *u, const struct stat *st)
{
	if (u->o->existing == TAR_EXISTING_FAIL)
		return true;
	if (st->st_ctim.tv_sec != u->since.tv_sec)
		return st->st_ctim.tv_sec > u->since.tv_sec;
	return st->st_ctim.tv_nsec >= u->since.tv_nsec;
}

/*
 * A directory that the archive takes for granted, the first n bytes of the
 * path, seen from up.  It gets what mkdir(1) would give it, at the end.
 */
static int
make_implied(struct unpacker *u, int up, size_t from, size_t n)
{
	const struct tar_attr plain = {
	    {0, UTIME_OMIT}, (uid_t)-1, (gid_t)-1, 0777 & ~u->self.mask};
	char *path = u->path.data;
	char was = path[n];
	int rc;

	path[n] = '\0';
	rc = mkdirat(up, path + from, 0700);
	if (rc == 0)
		tar_dirs_add(u->dirs, path, &plain);
	path[n] = was;
	return rc;
}

/* Opens the directory of the first n bytes of the path, and makes it. */
static int
make_parents(struct unpacker *u, size_t n)
{
	const char *path = u->path.data;
	size_t i, from = 0;
	int fd, up = u->top;

	for (i = 0; i <= n; i++) {
		if (i < n && path[i] != '/')
			continue;
		fd = tar_place_open(u->place, path, i);
		if (fd == -1 && errno == ENOENT) {
			if (make_implied(u, up, from, i) == -1)
				return -1;
			fd = tar_place_open(u->place, path, i);
		}
		if (fd == -1)
			return -1;
		up = fd;
		from = i + 1;
	}
	return up;
}

/* Finds u->parent and u->base. */
static int
find_parent(struct unpacker *u)
{
	char *slash = strrchr(u->path.data, '/');
	size_t n = slash != NULL ? (size_t)(slash - u->path.data) : 0;

	u->base = slash != NULL ? slash + 1 : u->path.data;
	u->parent = tar_place_open(u->place, u->path.data, n);
	if (u->parent == -1) {
		/* A file on its way may belong there, or in the way of it. */
		tar_crew_settle(u->crew, NULL);
		u->parent = tar_place_open(u->place, u->path.data, n);
	}
	if (u->parent == -1 && errno == ENOENT)
		u->parent = make_parents(u, n);
	if (u->parent != -1)
		return 0;
	if (errno == ELOOP)
		return unpack_refuse(
		    u, "a name that leads through a symbolic link");
	if (errno == ENOTDIR)
		return unpack_refuse(u,
		    "a name that leads through something that is no directory");
	return unpack_fail(u, u->path.data);
}

/* Something has the directory's name already. */
static int
replace_by_dir(struct unpacker *u)
{
	struct stat st;

	if (fstatat(u->parent, u->base, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return unpack_fail(u, u->path.data);
	if (S_ISDIR(st.st_mode))
		return 0;
	if (u->o->existing == TAR_EXISTING_KEEP && !unpack_ours(u, &st))
		return unpack_fail_for(u, u->path.data,
		    "something that is no directory is in the way");
	if (unlinkat(u->parent, u->base, 0) == -1 ||
	    mkdirat(u->parent, u->base, 0700) == -1)
		return unpack_fail(u, u->path.data);
	return 0;
}

static int
unpack_dir(struct unpacker *u)
{
	int rc = 0;

	tar_crew_settle(u->crew, u->path.data);
	if (tar_crew_failed(u->crew))
		return -1;
	if (mkdirat(u->parent, u->base, 0700) == -1)
		rc = errno == EEXIST ? replace_by_dir(u)
				     : unpack_fail(u, u->path.data);
	if (rc == 0)
		tar_dirs_add(u->dirs, u->path.data, &u->want);
	return rc;
}

static int
unpack_member(struct unpacker *u)
{
	const char *bad = tar_name_refused(&u->m, &u->path, &u->link);

	if (bad != NULL)
		return unpack_refuse(u, bad);
	tar_attr_want(&u->self, &u->m, &u->want);
	if (u->path.len == 0) {
		u->into->has_top = true;
		u->into->attr = u->want;
		return 0;
	}
	if (find_parent(u) == -1)
		return -1;
	return u->m.type == TAR_DIR ? unpack_dir(u) : unpack_entry(u);
}

static int
unpack_all(struct unpacker *u)
{
	int rc;

	while ((rc = tar_read_next(u->reader, &u->m)) == 1) {
		if (tar_crew_failed(u->crew))
			return -1;
		if (unpack_member(u) == -1)
			return -1;
		u->into->members++;
		status_add(0, 0, 1);
	}
	return rc == -1 ? unpack_unreadable(u) : 0;
}

/* Waits for all files.  0, or -1 if one of them has failed. */
static int
finish_files(struct unpacker *u)
{
	const struct tar_crew_failure *f;
	char *line;

	tar_crew_settle(u->crew, NULL);
	if (tar_crew_partial(u->crew) && u->status == PROG_DONE)
		u->status = PROG_PARTIAL;
	f = tar_crew_failure(u->crew);
	if (f == NULL)
		return 0;
	line = line_of(u->o->dir, f->path);
	warnx("%s: %s", line,
	    f->error == EISDIR ? "a directory is in the way"
			       : strerror(f->error));
	free(line);
	u->status = PROG_FAILED;
	return -1;
}

static void
finish_dir(struct unpacker *u, const char *path, const struct tar_attr *a)
{
	int fd = tar_place_open(u->place, path, strlen(path));

	if (fd == -1 || tar_attr_set(&u->self, a, fd) == -1)
		unpack_attr_failed(u, path);
}

/* The deepest ones first: what is above may become unreachable. */
static void
finish_dirs(struct unpacker *u)
{
	struct tar_dir dir;

	while (tar_dirs_next(u->dirs, &dir))
		finish_dir(u, dir.path, &dir.attr);
	if (u->into->has_top && !u->into->keep_top)
		finish_dir(u, "", &u->into->attr);
}

static void
finish(struct unpacker *u)
{
	char *line;

	finish_dirs(u);
	if (tar_place_sync(u->place) == -1)
		unpack_fail(u, "");
	if (u->kept == 0)
		return;
	line = line_of(u->o->dir, "");
	warnx("%s: %" PRIu64 " existing file%s kept", line, u->kept,
	    u->kept == 1 ? "" : "s");
	free(line);
}

static void
unpack_free(struct unpacker *u)
{
	tar_crew_free(u->crew);
	buf_free(&u->path);
	buf_free(&u->temp);
	buf_free(&u->link);
	tar_dirs_free(u->dirs);
	tar_place_free(u->place);
	tar_place_free(u->targets);
	tar_read_free(u->reader);
	tar_ids_free(u->self.ids);
}

int
tar_unpack_into(const struct tar_unpack *o, struct tar_into *into, int fd)
{
	struct unpacker u = {0};
	int rc;

	u.o = o;
	u.into = into;
	u.top = into->top;
	u.self.mask = umask(0);
	u.self.uid = geteuid();
	u.self.ids = tar_ids_new();
	u.reader = tar_read_new_stop(fd, into->stop);
	u.place = tar_place_new(u.top);
	u.targets = tar_place_new(u.top);
	u.dirs = tar_dirs_new();
	u.crew = tar_crew_new(
	    &u.self, o->dir, o->existing != TAR_EXISTING_FAIL, into->hidden);
	u.status = PROG_DONE;
	into->has_top = false;
	into->members = 0;
	if (o->existing != TAR_EXISTING_FAIL &&
	    tar_target_now(u.top, &u.since) == -1) {
		unpack_fail(&u, "");
	} else {
		rc = unpack_all(&u);
		if (finish_files(&u) == 0 && rc == 0)
			finish(&u);
	}
	umask(u.self.mask);
	unpack_free(&u);
	return u.status;
}

int
tar_unpack(const struct tar_unpack *o, int fd)
{
	struct tar_into into = {.top = -1, .stop = -1};
	int status;

	into.top =
	    tar_target_open(o->dir, o->existing == TAR_EXISTING_FAIL, o->leave);
	if (into.top == -1)
		return PROG_FAILED;
	status = tar_unpack_into(o, &into, fd);
	close(into.top);
	return status;
}
