/* The older layouts of a tree of backups, without manifests. */
/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/num.h"
#include "base/text.h"
#include "git/bundle.h"
#include "git/layout.h"
#include "git/names.h"
#include "git/reflist.h"

#define POINTER_MAX 4096 /* bytes */

/* The path without ".git"; NULL if nothing is left of its last component. */
static char *
repo_of(const char *path)
{
	size_t n = strlen(path);

	if (text_ends(path, ".git"))
		n -= strlen(".git");
	return n == 0 || path[n - 1] == '/' ? NULL : xstrndup(path, n);
}

/* The reason, behind the file that it is about. */
static enum chain_found
blame(struct buf *why, enum chain_found found, const char *file,
    const char *reason)
{
	buf_printf(why, "%s: %s", file, reason);
	return found;
}

/* Reads the pointer file into *text, without a line end. */
static enum chain_found
read_pointer(int root, const char *file, struct buf *text, struct buf *why)
{
	struct buf reason = {NULL, 0, 0};
	enum chain_found found;

	found = chain_load(root, file, POINTER_MAX, text, &reason);
	/* Another repository may have this name. */
	if (errno == EISDIR || errno == ENOTDIR)
		found = CHAIN_NONE;
	if (found != CHAIN_READ)
		blame(why, found, file, buf_str(&reason));
	else if (text->len > 0 && text->data[text->len - 1] == '\n')
		text->data[--text->len] = '\0';
	if (found == CHAIN_READ && strlen(buf_str(text)) != text->len)
		found = blame(why, CHAIN_DAMAGED, file, "not a text");
	buf_free(&reason);
	return found;
}

/* The id that REPO/LATEST names. */
static enum chain_found
read_id(int root, const char *repo, struct buf *id, struct buf *why)
{
	char *file = xasprintf("%s/LATEST", repo), *reason;
	enum chain_found found;
	const char *bad;

	found = read_pointer(root, file, id, why);
	bad = found == CHAIN_READ ? names_bad_id(buf_str(id)) : NULL;
	if (bad != NULL) {
		reason = xasprintf("the backup's name %s", bad);
		found = blame(why, CHAIN_DAMAGED, file, reason);
		free(reason);
	}
	free(file);
	return found;
}

/* The number of steps that REPO/ID/LATEST, called file, names. */
static enum chain_found
read_number(int root, const char *file, int64_t *n, struct buf *why)
{
	struct buf text = {NULL, 0, 0};
	enum chain_found found;
	const char *s;

	found = read_pointer(root, file, &text, why);
	s = buf_str(&text);
	if (found == CHAIN_READ &&
	    (s[strspn(s, "0123456789")] != '\0' ||
		num_parse(s, 1, LAYOUT_STEPS_MAX, n) == -1))
		found =
		    blame(why, CHAIN_DAMAGED, file, "not the number of a step");
	buf_free(&text);
	return found;
}

/* "sha1" or "sha256", as the first bundle that there is says. */
static const char *
format_of(int root, const struct chain *c)
{
	const char *format = NULL;
	size_t i;
	int fd;

	for (i = 0; format == NULL && i < c->n_steps; i++) {
		fd = chain_open(root, c->steps[i].bundle_path);
		if (fd == -1)
			continue;
		format = bundle_format(fd);
		close(fd);
	}
	return format != NULL ? format : "sha1";
}

/*
 * What HEAD named, by its object's id.  A list that is damaged gives none:
 * whoever restores it finds out.
 */
static char *
guess_head(struct reflist *l)
{
	static const char main_name[] = "refs/heads/main";
	static const char master[] = "refs/heads/master";
	char *head = NULL, *found = NULL;

	if (reflist_next(l) == 1 && strcmp(l->name, "HEAD") == 0)
		head = xstrdup(l->oid);
	while (head != NULL && reflist_next(l) == 1) {
		if (strcmp(l->oid, head) != 0 ||
		    !text_starts(l->name, "refs/heads/"))
			continue;
		/* Names come in order: main before master. */
		if (found == NULL || strcmp(l->name, main_name) == 0 ||
		    (strcmp(l->name, master) == 0 &&
			strcmp(found, main_name) != 0)) {
			free(found);
			found = xstrdup(l->name);
		}
	}
	free(head);
	return found;
}

/* What the files do not tell, but their contents. */
static void
complete(int root, struct chain *c)
{
	struct reflist l;
	int fd;

	c->object_format = xstrdup(format_of(root, c));
	fd = chain_open_refs(root, c, &c->steps[c->n_steps - 1]);
	if (fd == -1)
		return;
	if (reflist_open(
		&l, fd, strcmp(c->object_format, "sha256") == 0 ? 64 : 40) == 0)
		c->head_reference = guess_head(&l);
	reflist_close(&l);
	close(fd);
}

static void
add_steps(struct chain *c, const char *repo, const char *id, size_t n)
{
	struct chain_step *s;
	size_t i;

	c->steps = xcalloc(n, sizeof(*c->steps));
	for (i = 0; i < n; i++) {
		s = &c->steps[i];
		s->bundle_path =
		    xasprintf("%s/%s/%03zu.bundle", repo, id, i + 1);
		s->ref_path = xasprintf("%s/%s/%03zu.refs", repo, id, i + 1);
		s->custom_hooks_path =
		    xasprintf("%s/%s/%03zu.custom_hooks.tar", repo, id, i + 1);
		if (i > 0)
			s->previous_ref_path = xstrdup(s[-1].ref_path);
	}
	c->n_steps = n;
}

enum chain_found
layout_pointer(int root, const char *path, const char *id, struct chain *c,
    struct buf *why)
{
	char *repo = repo_of(path), *file = NULL;
	enum chain_found found = CHAIN_READ;
	struct buf text = {NULL, 0, 0};
	int64_t n;

	memset(c, 0, sizeof(*c));
	c->layout = CHAIN_POINTER;
	if (repo == NULL)
		return blame(why, CHAIN_NONE, path, "has no name");
	if (id == NULL)
		found = read_id(root, repo, &text, why);
	if (found == CHAIN_READ) {
		c->id = xstrdup(id != NULL ? id : buf_str(&text));
		file = xasprintf("%s/%s/LATEST", repo, c->id);
		found = read_number(root, file, &n, why);
		/* The first pointer leads nowhere. */
		if (found == CHAIN_NONE && id == NULL)
			found = CHAIN_DAMAGED;
	}
	if (found == CHAIN_READ) {
		add_steps(c, repo, c->id, (size_t)n);
		complete(root, c);
	}
	buf_free(&text);
	free(file);
	free(repo);
	return found;
}

/* Is there something at this path?  If that cannot be told, there is. */
static bool
is_there(int root, const char *path)
{
	int fd = chain_open(root, path);

	if (fd != -1)
		close(fd);
	return fd != -1 ||
	    (errno != ENOENT && errno != ENOTDIR && errno != EISDIR);
}

enum chain_found
layout_legacy(int root, const char *path, struct chain *c, struct buf *why)
{
	char *repo = repo_of(path);
	struct chain_step *s;

	memset(c, 0, sizeof(*c));
	c->layout = CHAIN_LEGACY;
	if (repo == NULL)
		return blame(why, CHAIN_NONE, path, "has no name");
	c->steps = s = xcalloc(1, sizeof(*s));
	c->n_steps = 1;
	s->bundle_path = xasprintf("%s.bundle", repo);
	s->ref_path = xasprintf("%s.refs", repo);
	s->custom_hooks_path = xasprintf("%s/custom_hooks.tar", repo);
	free(repo);
	if (!is_there(root, s->ref_path)) {
		if (!is_there(root, s->bundle_path))
			return blame(
			    why, CHAIN_NONE, s->bundle_path, "missing");
		free(s->ref_path);
		s->ref_path = xstrdup(s->bundle_path);
	}
	complete(root, c);
	return CHAIN_READ;
}
