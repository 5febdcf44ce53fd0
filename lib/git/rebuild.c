/* Builds a repository anew from its backup, in a directory of its own. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/io.h"
#include "base/text.h"
#include "git/asuser.h"
#include "git/bundle.h"
#include "git/rebuild.h"
#include "git/reflist.h"
#include "git/tree.h"

int
rebuild_write_failed(struct rebuild *b)
{
	buf_printf(&b->why, "cannot be written: %s", strerror(errno));
	if (tree_is_full(errno))
		b->full = errno;
	return -1;
}

int
rebuild_file(struct rebuild *b, const char *name)
{
	char *path;
	int fd;

	path = name != NULL ? xasprintf("%u.new/%s", b->worker, name)
			    : xasprintf("%u.list", b->worker);
	asuser_enter(b->place->user);
	fd = openat(b->place->fd, path,
	    O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
	asuser_leave(b->place->user);
	free(path);
	return fd == -1 ? rebuild_write_failed(b) : fd;
}

void
rebuild_check_full(struct rebuild *b)
{
	static const char block[IO_SIZE];
	char name[32];
	int fd, rc = 0;

	snprintf(name, sizeof(name), "%u.full", b->worker);
	asuser_enter(b->place->user);
	fd = openat(b->place->fd, name,
	    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1 || io_write_all(fd, block, sizeof(block)) == -1)
		rc = errno;
	if (fd != -1 && close(fd) == -1 && rc == 0)
		rc = errno;
	unlinkat(b->place->fd, name, 0);
	asuser_leave(b->place->user);
	if (rc != 0 && tree_is_full(rc))
		b->full = rc;
}

int
rebuild_git(struct rebuild *b, struct run *r, const char *verb,
    const char *args, const char *last)
{
	struct list argv = {NULL, 0};
	char name[32] = "git ";
	int rc;

	list_add(&argv, "git");
	list_addf(&argv, "--git-dir=%s", b->dir);
	list_add(&argv, verb);
	list_split(&argv, args);
	if (last != NULL)
		list_add(&argv, last);
	r->env = b->env;
	r->user = b->place->user;
	strncat(name, verb, sizeof(name) - strlen(name) - 1);
	rc = run(r, argv.v, name, &b->why);
	list_free(&argv);
	if (rc != 0)
		rebuild_check_full(b);
	return rc;
}

/* An empty repository as Gitaly makes it, whose HEAD names a branch. */
static int
make_empty(struct rebuild *b)
{
	static const char heads[] = "refs/heads/";
	const char *head = b->chain->head_reference;
	struct run r = {.in = -1, .out = -1};
	char *args, *branch;
	int rc;

	branch = xasprintf("--initial-branch=%s",
	    head != NULL && text_starts(head, heads) ? head + strlen(heads)
						     : "main");
	args = xasprintf("-q,--bare,--template=,--object-format=%s",
	    b->digits == 64 ? "sha256" : "sha1");
	rc = rebuild_git(b, &r, "init", args, branch);
	if (rc == 0 && head != NULL && !text_starts(head, heads))
		rc = rebuild_git(b, &r, "symbolic-ref", "HEAD", head);
	free(args);
	free(branch);
	return rc == 0 ? 0 : -1;
}

/*
 * Every object of the pack is worked out, and everything that it refers to
 * must be there, in this pack or in one before.  An exit status of 1 only
 * tells that some of it was before.  Old histories hold objects that git
 * fsck would not like: those are taken.
 */
static int
add_pack(struct rebuild *b, int fd)
{
	struct buf name = {NULL, 0, 0};
	struct run r = {.in = fd, .out = -1, .text = &name};
	int rc;

	rc = rebuild_git(b, &r, "index-pack",
	    "--stdin,--fix-thin,--check-self-contained-and-connected", NULL);
	buf_free(&name);
	if (rc == 1) {
		buf_reset(&b->why);
		b->full = 0;
		rc = 0;
	}
	return rc == 0 ? 0 : -1;
}

/* Takes the objects of one bundle. */
static int
add_bundle(struct rebuild *b, int fd)
{
	FILE *oids = fopen("/dev/null", "we");
	const char *wrong = "cannot be read";
	struct bundle bundle = {0};

	if (oids != NULL) {
		wrong = bundle_header(fd, b->digits, oids, &bundle);
		fclose(oids);
	}
	b->bytes += bundle.bytes;
	if (wrong != NULL) {
		buf_puts(&b->why, wrong);
		return -1;
	}
	return bundle.empty ? 0 : add_pack(b, fd);
}

/* Names the file that b->why is about.  Returns rc. */
static int
blame(struct rebuild *b, int rc, const char *file)
{
	char *why;

	if (rc == 0)
		return 0;
	why = buf_take(&b->why);
	buf_printf(&b->why, "%s: %s", file, why);
	free(why);
	return rc;
}

/* Whether the list of references at path has a line; no file is no line. */
static bool
has_refs(const struct rebuild *b, const char *path)
{
	struct stat st = {0};
	int fd;

	fd = path != NULL ? chain_open(b->tree, path) : -1;
	if (fd == -1)
		return path != NULL && errno != ENOENT;
	if (fstat(fd, &st) == -1)
		st.st_size = 1;
	close(fd);
	return st.st_size > 0;
}

/* Takes the objects of one step. */
static int
add_step(struct rebuild *b, const struct chain_step *s)
{
	int fd = -1, rc;

	if (s->bundle_path == NULL) {
		if (!has_refs(b, s->ref_path))
			return 0;
		buf_printf(
		    &b->why, "%s: references, but no bundle", s->ref_path);
		return -1;
	}
	fd = chain_open(b->tree, s->bundle_path);
	if (fd == -1) {
		/* Without references there is none. */
		if (errno == ENOENT && !has_refs(b, s->ref_path))
			return 0;
		buf_puts(
		    &b->why, errno == ENOENT ? "missing" : strerror(errno));
		return blame(b, -1, s->bundle_path);
	}
	rc = add_bundle(b, fd);
	close(fd);
	return blame(b, rc, s->bundle_path);
}

/* Opens the last list of references. */
static int
open_list(struct rebuild *b, const struct chain_step *last)
{
	int fd = chain_open_refs(b->tree, b->chain, last);

	if (fd == -1) {
		buf_puts(
		    &b->why, errno == ENOENT ? "missing" : strerror(errno));
		blame(b, -1, last->ref_path);
	}
	return fd;
}

/* Without a manifest nothing tells that HEAD was detached. */
static void
note_head(struct rebuild *b)
{
	const struct chain *c = b->chain;

	if (c->layout == CHAIN_MANIFEST || c->head_reference != NULL ||
	    *b->head == '\0')
		return;
	buf_printf(&b->note, "%sno branch has HEAD's commit %s: HEAD names it",
	    b->note.len > 0 ? "; " : "", b->head);
}

int
rebuild_repository(struct rebuild *b)
{
	const struct chain *c = b->chain;
	const struct chain_step *last = &c->steps[c->n_steps - 1];
	int list, rc;
	size_t i;

	b->dir = place_path(b->place, b->worker, "new");
	b->digits = strcmp(c->object_format, "sha256") == 0 ? 64 : 40;
	list = open_list(b, last);
	if (list == -1)
		return -1;
	rc = make_empty(b);
	for (i = 0; rc == 0 && i < c->n_steps; i++)
		rc = add_step(b, &c->steps[i]);
	if (rc == 0)
		rc = blame(b, rebuild_refs(b, list), last->ref_path);
	close(list);
	if (rc == 0)
		note_head(b);
	if (rc == 0 && last->custom_hooks_path != NULL)
		rc = blame(b, rebuild_hooks(b, last->custom_hooks_path),
		    last->custom_hooks_path);
	return rc;
}

void
rebuild_free(struct rebuild *b)
{
	free(b->dir);
	buf_free(&b->note);
	buf_free(&b->why);
	list_free(&b->lost);
}
