/* Finds the repositories of a storage that a restore did not name. */
/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/prog.h"
#include "git/asuser.h"
#include "git/others.h"
#include "git/tally.h"
#include "git/target.h"

struct walk {
	struct place *place;
	struct buf path; /* of the directory at hand; "" is the storage */
	int status;
};

static void walk(struct walk *, int, const char *);

static void
failed(struct walk *w, const char *why)
{
	tally_complain(w->place->storage->name, buf_str(&w->path), why);
	w->status = prog_worse(w->status, PROG_PARTIAL);
}

/* Opens a directory as the storage's owner. */
static int
open_dir(const struct walk *w, int dirfd, const char *name)
{
	int fd;

	asuser_enter(w->place->user);
	fd = openat(
	    dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	asuser_leave(w->place->user);
	return fd;
}

/* Goes through the directory fd, which it closes. */
static void
walk_entries(struct walk *w, int fd)
{
	size_t len = w->path.len;
	struct dirent *e;
	DIR *d = fdopendir(fd);

	if (d == NULL) {
		failed(w, strerror(errno));
		close(fd);
		return;
	}
	while ((errno = 0, e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (e->d_type != DT_DIR && e->d_type != DT_UNKNOWN)
			continue;
		if (len > 0)
			buf_putc(&w->path, '/');
		buf_puts(&w->path, e->d_name);
		walk(w, fd, e->d_name);
		w->path.len = len;
		w->path.data[len] = '\0';
	}
	if (errno != 0)
		failed(w, strerror(errno));
	closedir(d);
}

/* Looks at the directory name in dirfd, whose path is w->path. */
static void
walk(struct walk *w, int dirfd, const char *name)
{
	int fd;

	if (target_bad(w->path.data) != NULL)
		return;
	fd = open_dir(w, dirfd, name);
	if (fd == -1) {
		if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP)
			failed(w, strerror(errno));
		return;
	}
	if (!target_is_repository(fd)) {
		walk_entries(w, fd);
		return;
	}
	close(fd);
	if (place_listed(w->place, w->path.data))
		return;
	if (place_remove(w->place, w->path.data) == -1)
		failed(w, strerror(errno));
	else
		tally_complain(w->place->storage->name, w->path.data,
		    "not on the list: removed");
}

int
others_remove(struct place *p)
{
	struct walk w = {p, {NULL, 0, 0}, PROG_DONE};
	int fd;

	fd = open_dir(&w, p->storage->fd, ".");
	if (fd == -1)
		failed(&w, strerror(errno));
	else
		walk_entries(&w, fd);
	buf_free(&w.path);
	return w.status;
}
