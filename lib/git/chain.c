/* What a repository's backup is made of: its manifest, found and read. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <json-c/json.h>

#include "base/alloc.h"
#include "base/io.h"
#include "base/text.h"
#include "git/chain.h"
#include "git/names.h"
#include "git/toml.h"

#define MANIFEST_MAX (16 << 20) /* bytes: some forty thousand steps */

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

int
chain_open_dir(int root, const char *path)
{
	return open_below(root, path, O_DIRECTORY);
}

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

static int
fail(struct buf *why, const char *reason)
{
	buf_puts(why, reason);
	return -1;
}

/* The truth value key, false if it is not there.  Returns 0 or -1. */
static int
get_bool(json_object *o, const char *key, bool *b, struct buf *why)
{
	json_object *v;

	*b = false;
	if (!json_object_object_get_ex(o, key, &v))
		return 0;
	if (!json_object_is_type(v, json_type_boolean)) {
		buf_printf(why, "%s is neither true nor false", key);
		return -1;
	}
	*b = json_object_get_boolean(v);
	return 0;
}

/* The string key, NULL if it is not there or "".  Returns 0 or -1. */
static int
get_string(json_object *o, const char *key, char **s, struct buf *why)
{
	const char *text;
	json_object *v;

	if (!json_object_object_get_ex(o, key, &v))
		return 0;
	text = json_object_get_string(v);
	if (!json_object_is_type(v, json_type_string) ||
	    strlen(text) != (size_t)json_object_get_string_len(v)) {
		buf_printf(why, "%s is not a text", key);
		return -1;
	}
	if (*text != '\0')
		*s = xstrdup(text);
	return 0;
}

/* The same for a path. */
static int
get_path(json_object *o, const char *key, char **s, struct buf *why)
{
	const char *bad;

	if (get_string(o, key, s, why) == -1)
		return -1;
	bad = *s != NULL ? names_bad_path(*s) : NULL;
	if (bad == NULL)
		return 0;
	buf_printf(why, "%s %s", key, bad);
	return -1;
}

static int
read_step(json_object *o, struct chain_step *s, struct buf *why)
{
	if (!json_object_is_type(o, json_type_object))
		return fail(why, "steps has something else than steps");
	if (get_path(o, "bundle_path", &s->bundle_path, why) == -1 ||
	    get_path(o, "ref_path", &s->ref_path, why) == -1 ||
	    get_path(o, "previous_ref_path", &s->previous_ref_path, why) ==
		-1 ||
	    get_path(o, "custom_hooks_path", &s->custom_hooks_path, why) == -1)
		return -1;
	return s->ref_path != NULL ? 0 : fail(why, "ref_path is missing");
}

static int
read_steps(json_object *o, struct chain *c, struct buf *why)
{
	json_object *steps = NULL;
	size_t n;

	if (json_object_object_get_ex(o, "steps", &steps)) {
		if (!json_object_is_type(steps, json_type_array))
			return fail(why, "steps is not a list");
		n = json_object_array_length(steps);
		c->steps = xcalloc(n + 1, sizeof(*c->steps));
		for (; c->n_steps < n; c->n_steps++)
			if (read_step(
				json_object_array_get_idx(steps, c->n_steps),
				&c->steps[c->n_steps], why) == -1) {
				buf_printf(why, " (step %zu)", ++c->n_steps);
				return -1;
			}
	}
	if (c->n_steps == 0 && !c->non_existent)
		return fail(why, "it has no steps");
	return 0;
}

int
chain_parse(const char *text, size_t n, struct chain *c, struct buf *why)
{
	json_object *o;
	int rc = -1;

	memset(c, 0, sizeof(*c));
	o = toml_read(text, n, why);
	if (o == NULL)
		return -1;
	if (get_bool(o, "empty", &c->empty, why) == -1 ||
	    get_bool(o, "non_existent", &c->non_existent, why) == -1 ||
	    get_string(o, "object_format", &c->object_format, why) == -1 ||
	    get_string(o, "head_reference", &c->head_reference, why) == -1)
		goto out;
	if (c->object_format == NULL)
		c->object_format = xstrdup("");
	if (strcmp(c->object_format, "sha1") != 0 &&
	    strcmp(c->object_format, "sha256") != 0 &&
	    (!c->non_existent || *c->object_format != '\0'))
		fail(why, "object_format is neither sha1 nor sha256");
	else
		rc = read_steps(o, c, why);
out:
	json_object_put(o);
	return rc;
}

/* Reads one manifest. */
static enum chain_found
read_manifest(int root, const char *file, struct chain *c, struct buf *why)
{
	struct buf text = {NULL, 0, 0};
	enum chain_found found = CHAIN_READ;
	int fd, saved = 0;

	fd = chain_open(root, file);
	if (fd == -1 || io_read_all(fd, &text, MANIFEST_MAX) == -1)
		saved = errno;
	if (fd != -1)
		close(fd);
	if (saved == ENOENT)
		found = CHAIN_NONE;
	else if (saved == ELOOP || saved == ENOTSUP || saved == EISDIR ||
	    saved == ENOTDIR || saved == EFBIG)
		found = CHAIN_DAMAGED;
	else if (saved != 0)
		found = CHAIN_UNREADABLE;
	else if (chain_parse(text.data != NULL ? text.data : "", text.len, c,
		     why) == -1)
		found = CHAIN_DAMAGED;
	if (saved != 0)
		buf_puts(why, strerror(saved));
	buf_free(&text);
	return found;
}

/* The name without ".toml", which it ends with, of the newest manifest. */
static enum chain_found
newest_manifest(int root, const char *dir, char **id, struct buf *why)
{
	if (newest_in(root, dir, ".toml", id) == -1) {
		buf_puts(why, strerror(errno));
		return CHAIN_UNREADABLE;
	}
	if (*id == NULL) {
		buf_puts(why, "no manifest");
		return CHAIN_NONE;
	}
	(*id)[strlen(*id) - strlen(".toml")] = '\0';
	return CHAIN_READ;
}

enum chain_found
chain_read(int root, const char *storage, const char *path, const char *id,
    const char *newest, struct chain *c, struct buf *why)
{
	char *dir = xasprintf("manifests/%s/%s", storage, path), *file;
	const char *want = id != NULL ? id : newest;
	enum chain_found found = CHAIN_NONE;
	size_t before = why->len;
	char *name = NULL;

	memset(c, 0, sizeof(*c));
	if (want != NULL) {
		file = xasprintf("%s/%s.toml", dir, want);
		found = read_manifest(root, file, c, why);
		free(file);
		name = xstrdup(want);
	}
	if (found == CHAIN_NONE && id == NULL) {
		if (why->len > before)
			why->data[why->len = before] = '\0';
		free(name);
		found = newest_manifest(root, dir, &name, why);
		if (found == CHAIN_READ) {
			file = xasprintf("%s/%s.toml", dir, name);
			found = read_manifest(root, file, c, why);
			free(file);
		}
	}
	c->id = name;
	free(dir);
	return found;
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
