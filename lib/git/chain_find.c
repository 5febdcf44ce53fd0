/* Which backup of a repository is wanted: the rules of every layout. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"
#include "git/chain.h"
#include "git/layout.h"

/* A file in a directory of which the newest is wanted. */
struct newest {
	char *name;
	struct timespec when;
};

/* The later one, and of the same moment the one with the greater name. */
static bool
is_newer(const struct newest *n, const struct stat *st, const char *name)
{
	if (n->name == NULL || st->st_mtim.tv_sec > n->when.tv_sec)
		return true;
	if (st->st_mtim.tv_sec < n->when.tv_sec ||
	    st->st_mtim.tv_nsec < n->when.tv_nsec)
		return false;
	return st->st_mtim.tv_nsec > n->when.tv_nsec ||
	    strcmp(name, n->name) > 0;
}

/*
 * The name of the newest file in the directory path whose name ends with
 * suffix; the caller frees it.  Others, like the *.attrs that Gitaly 17.0
 * left everywhere, do not count.  Sets *name to NULL if there is none.
 * Returns 0, or -1 with errno.
 */
static int
newest_in(int root, const char *path, const char *suffix, char **name)
{
	struct newest n = {NULL, {0, 0}};
	struct dirent *e;
	struct stat st;
	DIR *d = NULL;
	int fd;

	*name = NULL;
	fd = chain_open_dir(root, path);
	if (fd == -1)
		return errno == ENOENT ? 0 : -1;
	d = fdopendir(fd);
	if (d == NULL) {
		close(fd);
		return -1;
	}
	while ((errno = 0, e = readdir(d)) != NULL) {
		if (*e->d_name == '.' || !text_ends(e->d_name, suffix) ||
		    text_ends(e->d_name, ".attrs") ||
		    fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == -1 ||
		    !S_ISREG(st.st_mode) || !is_newer(&n, &st, e->d_name))
			continue;
		free(n.name);
		n.name = xstrdup(e->d_name);
		n.when = st.st_mtim;
	}
	fd = errno;
	closedir(d);
	errno = fd;
	*name = n.name;
	return fd == 0 ? 0 : -1;
}

int
chain_newest(int root, char **id)
{
	return newest_in(root, "backup_ids", "", id);
}

/* Reads the manifest id in the directory dir. */
static enum chain_found
read_manifest(
    int root, const char *dir, const char *id, struct chain *c, struct buf *why)
{
	char *file = xasprintf("%s/%s.toml", dir, id);
	struct buf text = {NULL, 0, 0};
	enum chain_found found;

	found = chain_load(root, file, CHAIN_MANIFEST_MAX, &text, why);
	if (found == CHAIN_READ &&
	    chain_parse(buf_str(&text), text.len, c, why) == -1)
		found = CHAIN_DAMAGED;
	if (found != CHAIN_NONE)
		c->id = xstrdup(id);
	buf_free(&text);
	free(file);
	return found;
}

/* Reads the manifest in dir that was last changed. */
static enum chain_found
read_last_changed(int root, const char *dir, struct chain *c, struct buf *why)
{
	enum chain_found found = CHAIN_NONE;
	char *id;

	if (newest_in(root, dir, ".toml", &id) == -1) {
		buf_puts(why, strerror(errno));
		return CHAIN_UNREADABLE;
	}
	if (id != NULL) {
		id[strlen(id) - strlen(".toml")] = '\0';
		found = read_manifest(root, dir, id, c, why);
	}
	free(id);
	return found;
}

/*
 * Puts into *c, which pointers have led to, the manifest in dir that ends with
 * the same step, if there is one: it also knows the format and HEAD.
 */
static void
prefer_manifest(int root, const char *dir, struct chain *c)
{
	const char *last = c->steps[c->n_steps - 1].ref_path;
	struct buf why = {NULL, 0, 0};
	struct list names = {NULL, 0};
	struct chain m = {0};
	bool same = false;
	size_t i, n;

	chain_list(root, dir, &names);
	for (i = names.n; !same && i-- > 0;) {
		n = strlen(names.v[i]);
		if (!text_ends(names.v[i], ".toml"))
			continue;
		names.v[i][n - strlen(".toml")] = '\0';
		same = read_manifest(root, dir, names.v[i], &m, &why) ==
			CHAIN_READ &&
		    m.n_steps > 0 &&
		    strcmp(m.steps[m.n_steps - 1].ref_path, last) == 0;
		if (!same)
			chain_free(&m);
	}
	if (same) {
		chain_free(c);
		*c = m;
	}
	list_free(&names);
	buf_free(&why);
}

/*
 * The newest of a tree without markers: Gitaly 16.9 to 18.10 go by
 * +latest.toml; until 16.8 there was none, and pointers led the way, beside
 * which 16.5 and later wrote manifests.
 */
static enum chain_found
read_latest(int root, const char *dir, const char *path, struct chain *c,
    struct buf *why)
{
	enum chain_found found;

	found = read_manifest(root, dir, "+latest", c, why);
	if (found != CHAIN_NONE)
		return found;
	buf_reset(why);
	found = layout_pointer(root, path, NULL, c, why);
	if (found == CHAIN_READ)
		prefer_manifest(root, dir, c);
	if (found != CHAIN_NONE)
		return found;
	buf_reset(why);
	return read_last_changed(root, dir, c, why);
}

/*
 * The newest of a tree with markers, of which newest is the last one: so
 * Gitaly 18.11 and later.
 */
static enum chain_found
read_newest(int root, const char *dir, const char *newest, struct chain *c,
    struct buf *why)
{
	enum chain_found found;

	found = read_manifest(root, dir, newest, c, why);
	if (found != CHAIN_NONE)
		return found;
	buf_reset(why);
	return read_last_changed(root, dir, c, why);
}

enum chain_found
chain_read(int root, const char *storage, const char *path, const char *id,
    const char *newest, struct chain *c, struct buf *why)
{
	char *dir = xasprintf("manifests/%s/%s", storage, path);
	struct buf reason = {NULL, 0, 0};
	enum chain_found found;

	memset(c, 0, sizeof(*c));
	if (id != NULL)
		found = read_manifest(root, dir, id, c, &reason);
	else if (newest != NULL)
		found = read_newest(root, dir, newest, c, &reason);
	else
		found = read_latest(root, dir, path, c, &reason);
	free(dir);
	if (found == CHAIN_NONE && (id != NULL || newest != NULL)) {
		buf_reset(&reason);
		found = layout_pointer(root, path, id, c, &reason);
	}
	if (found == CHAIN_NONE && id == NULL) {
		buf_reset(&reason);
		found = layout_legacy(root, path, c, &reason);
	}
	if (found == CHAIN_NONE)
		chain_free(c);
	if (found == CHAIN_NONE && id != NULL)
		buf_printf(why, "no backup %s", id);
	else if (found == CHAIN_NONE)
		buf_puts(why, "no backup");
	else
		buf_puts(why, buf_str(&reason));
	buf_free(&reason);
	return found;
}
