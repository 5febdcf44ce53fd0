/* What a repository's backup is made of: the files of a tree. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/io.h"
#include "base/text.h"
#include "git/bundle.h"
#include "git/chain.h"

/*
 * Opens path below root component by component, so that no symbolic link
 * leads out of the tree.  flags are those of the last one.
 */
static int
open_below(int root, const char *path, int flags)
{
	char *copy = xstrdup(path), *rest = copy, *part;
	int fd = root, next = -1, saved;

	while ((part = strsep(&rest, "/")) != NULL) {
		next = openat(fd, part,
		    O_RDONLY | O_NOFOLLOW | O_CLOEXEC |
			(rest != NULL ? O_DIRECTORY : flags));
		saved = errno;
		if (fd != root)
			close(fd);
		errno = saved;
		if (next == -1)
			break;
		fd = next;
	}
	free(copy);
	return next;
}

int
chain_open_dir(int root, const char *path)
{
	return open_below(root, *path != '\0' ? path : ".", O_DIRECTORY);
}

int
chain_open(int root, const char *path)
{
	struct stat st;
	int fd;

	/* Not to wait for the other end of a FIFO. */
	fd = open_below(root, path, O_NONBLOCK);
	if (fd == -1 || fstat(fd, &st) == -1)
		return fd;
	if (S_ISREG(st.st_mode))
		return fd;
	close(fd);
	errno = S_ISDIR(st.st_mode) ? EISDIR : ENOTSUP;
	return -1;
}

enum chain_found
chain_load(
    int root, const char *file, size_t max, struct buf *text, struct buf *why)
{
	int fd, saved = 0;

	fd = chain_open(root, file);
	if (fd == -1 || io_read_all(fd, text, max) == -1)
		saved = errno;
	if (fd != -1)
		close(fd);
	errno = saved;
	if (saved == 0)
		return CHAIN_READ;
	buf_puts(why, saved == ENOENT ? "missing" : strerror(saved));
	errno = saved;
	if (saved == ENOENT)
		return CHAIN_NONE;
	return saved == ELOOP || saved == ENOTSUP || saved == EISDIR ||
		saved == ENOTDIR || saved == EFBIG
	    ? CHAIN_DAMAGED
	    : CHAIN_UNREADABLE;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int
chain_list(int root, const char *path, struct list *names)
{
	struct dirent *e;
	DIR *d = NULL;
	int fd, saved;

	fd = chain_open_dir(root, path);
	if (fd != -1)
		d = fdopendir(fd);
	if (d == NULL) {
		saved = errno;
		if (fd != -1)
			close(fd);
		errno = saved;
		return -1;
	}
	while ((errno = 0, e = readdir(d)) != NULL)
		if (*e->d_name != '.' && !text_ends(e->d_name, ".attrs"))
			list_add(names, e->d_name);
	saved = errno;
	closedir(d);
	if (names->n > 0)
		qsort(names->v, names->n, sizeof(*names->v), compare);
	errno = saved;
	return saved == 0 ? 0 : -1;
}

/* The references that a bundle's header has, as a list of their own. */
static int
open_header(int root, const char *path)
{
	int fd = chain_open(root, path), list = -1, saved;
	FILE *f = fd != -1 ? tmpfile() : NULL;

	if (f != NULL && bundle_list(fd, f) == 0)
		list = fcntl(fileno(f), F_DUPFD_CLOEXEC, 0);
	if (list != -1 && lseek(list, 0, SEEK_SET) == -1) {
		close(list);
		list = -1;
	}
	saved = errno;
	if (f != NULL)
		fclose(f);
	if (fd != -1)
		close(fd);
	errno = saved;
	return list;
}

int
chain_open_refs(int root, const struct chain *c, const struct chain_step *s)
{
	return chain_in_header(c, s) ? open_header(root, s->bundle_path)
				     : chain_open(root, s->ref_path);
}

bool
chain_in_header(const struct chain *c, const struct chain_step *s)
{
	return c->layout == CHAIN_LEGACY && s->bundle_path != NULL &&
	    strcmp(s->ref_path, s->bundle_path) == 0;
}

void
chain_free(struct chain *c)
{
	struct chain_step *s;

	for (s = c->steps; c->steps != NULL && s < c->steps + c->n_steps; s++) {
		free(s->bundle_path);
		free(s->ref_path);
		free(s->previous_ref_path);
		free(s->custom_hooks_path);
	}
	free(c->steps);
	free(c->id);
	free(c->object_format);
	free(c->head_reference);
	memset(c, 0, sizeof(*c));
}
