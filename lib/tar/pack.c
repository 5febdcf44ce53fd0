/* A directory tree as a tar stream. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/prog.h"
#include "base/status.h"
#include "base/text.h"
#include "tar/header.h"
#include "tar/links.h"
#include "tar/open.h"
#include "tar/out.h"
#include "tar/owner.h"
#include "tar/pack.h"
#include "tar/top.h"
#include "tar/walk.h"

struct packer {
	const struct tar_pack *o;
	struct tar_out *out;
	struct tar_walk *walk;
	struct tar_links *links;
	struct tar_owners *owners;
	struct buf header;
	int status;
};

/* What came of an attempt at the current entry. */
enum result {
	STOP = -1, /* the archive cannot be finished; it has been said why */
	NEXT, /* dealt with */
	CHANGED, /* it was not the same all the time */
	NEW /* of link_member(): no name of it is in the archive yet */
};

static enum result
left_out(struct packer *p, const char *why)
{
	char *line = tar_walk_line(p->walk);

	warnx("%s: %s", line, why);
	free(line);
	p->status = PROG_PARTIAL;
	return NEXT;
}

static enum result
unreadable(struct packer *p)
{
	return left_out(p, strerror(errno));
}

/* It changed, more often than we may try, or it is gone. */
static enum result
unstable(struct packer *p, const char *why)
{
	left_out(p, why);
	if (p->o->on_change != TAR_CHANGE_FAIL)
		return NEXT;
	p->status = PROG_FAILED;
	return STOP;
}

static enum result
open_failed(struct packer *p)
{
	switch (errno) {
	case ENOENT:
		return unstable(p, "vanished while the tree was read");
	case ELOOP:
	case ENOTDIR:
	case ENXIO:
		/* A symbolic link, no directory, a socket: not what it was. */
		return CHANGED;
	default:
		return unreadable(p);
	}
}

static enum result
add_member(struct packer *p, const struct stat *st, char type, const char *link)
{
	struct tar_member m;

	m.path = tar_walk_path(p->walk);
	m.link = link;
	m.user = tar_owners_user(p->owners, st->st_uid);
	m.group = tar_owners_group(p->owners, st->st_gid);
	m.mtime = st->st_mtim;
	m.size = type == TAR_FILE ? (uint64_t)st->st_size : 0;
	m.uid = st->st_uid;
	m.gid = st->st_gid;
	m.mode = st->st_mode;
	m.type = type;
	buf_reset(&p->header);
	tar_header_encode(&m, &p->header);
	if (tar_out_add(p->out, p->header.data, p->header.len) == -1) {
		p->status = PROG_FAILED;
		return STOP;
	}
	status_add(0, 0, 1);
	return NEXT;
}

/* Adds a hard link if the archive has the inode under another name, or NEW. */
static enum result
link_member(struct packer *p, const struct stat *st)
{
	const char *first;

	if (st->st_nlink < 2)
		return NEW;
	first = tar_links_find(p->links, st);
	/* Our own name is there when this is not the first attempt. */
	if (first == NULL || strcmp(first, tar_walk_path(p->walk)) == 0)
		return NEW;
	return add_member(p, st, TAR_HARDLINK, first);
}

static void
remember(struct packer *p, const struct stat *st)
{
	if (st->st_nlink > 1)
		tar_links_add(p->links, st, tar_walk_path(p->walk));
}

/* The header and as many bytes as it says, whatever happens to the file. */
static enum result
add_contents(struct packer *p, int fd, const struct stat *before)
{
	uint64_t size = (uint64_t)before->st_size;
	struct tar_copy copy;
	struct stat after;

	if (add_member(p, before, TAR_FILE, "") == STOP)
		return STOP;
	if (tar_out_copy(p->out, fd, size, &copy) == -1) {
		p->status = PROG_FAILED;
		return STOP;
	}
	errno = copy.error;
	if (copy.error != 0 || fstat(fd, &after) == -1)
		return unreadable(p);
	remember(p, before);
	return copy.got < size || tar_open_differ(before, &after) ? CHANGED
								  : NEXT;
}

/* What was read ahead did not change meanwhile, and has no other name. */
static enum result
pack_seen(struct packer *p, const struct tar_seen *seen)
{
	if (add_member(p, &seen->st, TAR_FILE, "") == STOP)
		return STOP;
	if (tar_out_add_file(p->out, seen->data, (size_t)seen->st.st_size) ==
	    -1) {
		p->status = PROG_FAILED;
		return STOP;
	}
	return NEXT;
}

static enum result
pack_file(struct packer *p, const struct tar_entry *e)
{
	enum result rc;
	struct stat st;
	int fd;

	fd = tar_open_file(e->dirfd, e->name);
	if (fd == -1)
		return open_failed(p);
	if (fstat(fd, &st) == -1) {
		rc = unreadable(p);
	} else if (!S_ISREG(st.st_mode)) {
		rc = CHANGED;
	} else {
		tar_walk_saw(p->walk, (uint64_t)st.st_size);
		rc = link_member(p, &st);
		if (rc == NEW)
			rc = add_contents(p, fd, &st);
	}
	close(fd);
	return rc;
}

static enum result
pack_dir(struct packer *p, const struct tar_entry *e)
{
	enum result rc;
	struct stat st;
	int fd;

	fd = tar_open_dir(e->dirfd, e->name);
	if (fd == -1)
		return open_failed(p);
	if (fstat(fd, &st) == -1) {
		rc = unreadable(p);
		close(fd);
		return rc;
	}
	if (tar_walk_enter(p->walk, fd, &st) == -1)
		return NEXT;
	return add_member(p, &st, TAR_DIR, "");
}

static enum result
pack_seen_dir(struct packer *p, const struct stat *st)
{
	if (tar_walk_enter_seen(p->walk) == -1)
		return NEXT;
	return add_member(p, st, TAR_DIR, "");
}

/* A member without contents; fd, open with O_PATH, pins the inode. */
static enum result
add_special(struct packer *p, int fd, const struct stat *st)
{
	enum result rc;
	char target[PATH_MAX + 1] = "";
	ssize_t n = 0;

	rc = link_member(p, st);
	if (rc != NEW)
		return rc;
	if (S_ISLNK(st->st_mode))
		n = readlinkat(fd, "", target, sizeof(target) - 1);
	if (n == -1)
		return unreadable(p);
	target[n] = '\0';
	remember(p, st);
	return add_member(
	    p, st, S_ISLNK(st->st_mode) ? TAR_SYMLINK : TAR_FIFO, target);
}

static enum result
pack_special(struct packer *p, const struct tar_entry *e)
{
	enum result rc;
	struct stat st;
	char *line;
	int fd;

	fd = openat(e->dirfd, e->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return open_failed(p);
	if (fstat(fd, &st) == -1) {
		rc = unreadable(p);
	} else if (S_ISLNK(st.st_mode) || S_ISFIFO(st.st_mode)) {
		rc = add_special(p, fd, &st);
	} else if (S_ISSOCK(st.st_mode)) {
		/* A socket holds no data: without it nothing is missing. */
		line = tar_walk_line(p->walk);
		warnx("%s: socket, left out", line);
		free(line);
		rc = NEXT;
	} else if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode)) {
		rc = left_out(p, "device, left out");
	} else {
		rc = CHANGED;
	}
	close(fd);
	return rc;
}

static enum result
pack_type(struct packer *p, const struct tar_entry *e, unsigned char type)
{
	struct stat st;

	if (type == DT_UNKNOWN) {
		if (fstatat(e->dirfd, e->name, &st, AT_SYMLINK_NOFOLLOW) == -1)
			return open_failed(p);
		type = (unsigned char)IFTODT(st.st_mode);
	}
	if (type == DT_REG)
		return pack_file(p, e);
	if (type == DT_DIR)
		return pack_dir(p, e);
	return pack_special(p, e);
}

/*
 * What has changed may be of another type by now.  Attempts follow each other
 * at once, so that their members do: no other member stands between a torn
 * copy and the better one that overrules it.
 */
static enum result
pack_entry(struct packer *p, const struct tar_entry *e)
{
	int tries = p->o->on_change == TAR_CHANGE_RETRY ? TAR_PACK_RETRIES : 0;
	unsigned char type = e->type;
	enum result rc;

	if (e->seen != NULL)
		return pack_seen(p, e->seen);
	if (e->dir != NULL)
		return pack_seen_dir(p, e->dir);
	while ((rc = pack_type(p, e, type)) == CHANGED && tries-- > 0)
		type = DT_UNKNOWN;
	if (rc == CHANGED)
		return unstable(p, "changed while it was read");
	return rc;
}

/* Opens the top.  1: open, 0: missing and allowed to, -1 after a warning. */
static int
open_top(const struct tar_pack *o, int *fd, struct stat *st)
{
	int missing;
	char *line;

	*fd = tar_top_open(o->dir);
	if (*fd != -1 && fstat(*fd, st) == 0)
		return 1;
	/* A link that leads nowhere is no unused feature but a lost disk. */
	missing = errno == ENOENT && lstat(o->dir, st) == -1 && errno == ENOENT;
	if (*fd == -1 && missing && o->allow_missing)
		return 0;
	line = text_line(o->dir);
	if (errno == EXDEV)
		warnx(
		    "%s: another user's link to what is not that user's", line);
	else
		warn("%s", line);
	free(line);
	if (*fd != -1)
		close(*fd);
	return -1;
}

static enum result
pack_tree(struct packer *p, int top, const struct stat *st)
{
	struct tar_entry e;
	enum result rc;

	tar_walk_enter(p->walk, top, st);
	rc = add_member(p, st, TAR_DIR, "");
	while (rc == NEXT && tar_walk_next(p->walk, &e))
		rc = pack_entry(p, &e);
	return rc;
}

int
tar_pack(const struct tar_pack *o, int fd)
{
	struct packer p = {0};
	enum result rc = NEXT;
	struct stat st;
	int top, found;

	found = open_top(o, &top, &st);
	if (found == -1)
		return PROG_FAILED;
	p.o = o;
	p.status = PROG_DONE;
	p.out = tar_out_new(fd);
	p.walk = tar_walk_new(o->dir, o->exclude);
	p.links = tar_links_new();
	p.owners = tar_owners_new();
	if (found)
		rc = pack_tree(&p, top, &st);
	if (rc == NEXT && tar_out_end(p.out) == -1)
		p.status = PROG_FAILED;
	p.status = prog_worse(p.status, tar_walk_status(p.walk));
	buf_free(&p.header);
	tar_owners_free(p.owners);
	tar_links_free(p.links);
	tar_walk_free(p.walk);
	tar_out_free(p.out);
	return p.status;
}
