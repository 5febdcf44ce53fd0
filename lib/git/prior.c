/* The newest backup of a repository: what an increment builds upon. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "git/bundle.h"
#include "git/names.h"
#include "git/prior.h"
#include "git/reflist.h"

#define PACK_HEADER 12 /* bytes before the first object */

struct prior {
	int root;
	char *newest; /* the newest run's id; NULL: not told */
	bool limited;
	time_t oldest; /* first steps from before this are too old */
};

struct prior *
prior_open(const char *tree, int64_t full_every)
{
	struct prior *p = xcalloc(1, sizeof(*p));

	p->limited = full_every > 0;
	p->oldest = time(NULL) - (time_t)full_every;
	p->root = open(tree, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (p->root == -1) {
		warn("%s", tree);
	} else if (chain_newest(p->root, &p->newest) == -1) {
		warn("%s/backup_ids", tree);
	} else {
		return p;
	}
	prior_close(p);
	return NULL;
}

int
prior_root(const struct prior *p)
{
	return p->root;
}

void
prior_close(struct prior *p)
{
	if (p == NULL)
		return;
	if (p->root != -1)
		close(p->root);
	free(p->newest);
	free(p);
}

/* Tells what is wrong with a file.  Returns -1. */
static int
blame(struct buf *why, const char *file, const char *reason)
{
	buf_printf(why, "%s: %s", file, reason);
	return -1;
}

/* Opens a file of the chain.  Returns a descriptor, or -1 with a reason. */
static int
open_file(const struct prior *p, const char *file, struct buf *why)
{
	int fd = chain_open(p->root, file);

	if (fd == -1)
		blame(why, file, errno == ENOENT ? "missing" : strerror(errno));
	return fd;
}

/* Does the header's end, at which fd stands, precede something like a pack? */
static const char *
check_pack(int fd, size_t digits, uint64_t bytes)
{
	off_t at = lseek(fd, 0, SEEK_CUR);
	char magic[4];

	if (at == -1 || pread(fd, magic, sizeof(magic), at) == -1)
		return strerror(errno);
	if (bytes < (uint64_t)at + PACK_HEADER + digits / 2 ||
	    memcmp(magic, "PACK", sizeof(magic)) != 0)
		return "no pack behind its header";
	return NULL;
}

/*
 * Looks at the start and the length of a bundle.  What is inside is for
 * verify to find out: an increment must not take the time to read it all.
 */
static int
check_bundle(
    const struct prior *p, const char *file, size_t digits, struct buf *why)
{
	const char *wrong = "cannot be read";
	struct bundle b = {0};
	FILE *oids;
	int fd;

	fd = open_file(p, file, why);
	if (fd == -1)
		return -1;
	oids = fopen("/dev/null", "we");
	if (oids != NULL) {
		wrong = bundle_header(fd, digits, oids, &b);
		fclose(oids);
	}
	if (wrong == NULL && !b.empty)
		wrong = check_pack(fd, digits, b.bytes);
	close(fd);
	return wrong != NULL ? blame(why, file, wrong) : 0;
}

/* Opens a list of references, and says how long it is. */
static int
open_list(
    const struct prior *p, const char *file, struct stat *st, struct buf *why)
{
	int fd = open_file(p, file, why);

	if (fd == -1 || fstat(fd, st) == 0)
		return fd;
	close(fd);
	return blame(why, file, strerror(errno));
}

/* The archive of hooks, which may be missing, and what else it names. */
static int
check_names(const struct prior *p, const struct chain_step *s, struct buf *why)
{
	const char *files[] = {
	    s->ref_path, s->bundle_path, s->custom_hooks_path};
	size_t i;
	int fd;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (files[i] != NULL && !names_own_file(files[i]))
			return blame(
			    why, files[i], "not a name of a backup's file");
	if (s->custom_hooks_path == NULL)
		return 0;
	fd = chain_open(p->root, s->custom_hooks_path);
	if (fd == -1 && errno != ENOENT)
		return blame(why, s->custom_hooks_path, strerror(errno));
	if (fd != -1)
		close(fd);
	return 0;
}

/* One step: its list, and the bundle that a list with lines needs. */
static int
check_step(const struct prior *p, const struct chain_step *s, size_t digits,
    struct stat *st, struct buf *why)
{
	int fd;

	if (check_names(p, s, why) == -1)
		return -1;
	fd = open_list(p, s->ref_path, st, why);
	if (fd == -1)
		return -1;
	close(fd);
	if (st->st_size == 0)
		return 0;
	if (s->bundle_path == NULL)
		return blame(why, s->ref_path, "references, but no bundle");
	return check_bundle(p, s->bundle_path, digits, why);
}

/* Reads the last list whole.  Returns 1, 0 if it is empty, or -1. */
static int
check_list(const struct prior *p, const char *file, size_t digits, int *refs,
    struct buf *why)
{
	struct reflist l = {0};
	struct stat st;
	int rc;

	*refs = open_list(p, file, &st, why);
	if (*refs == -1)
		return -1;
	rc = reflist_open(&l, *refs, digits);
	while (rc == 0 && (rc = reflist_next(&l)) == 1)
		rc = 0;
	if (rc == -1)
		blame(why, file, l.wrong != NULL ? l.wrong : strerror(errno));
	else
		rc = l.n > 0;
	reflist_close(&l);
	if (rc != 1) {
		close(*refs);
		*refs = -1;
	}
	return rc;
}

static int
check_chain(
    const struct prior *p, const struct chain *c, int *refs, struct buf *why)
{
	size_t digits = strcmp(c->object_format, "sha256") == 0 ? 64 : 40, i;
	struct stat st;

	/* Gitaly does not continue an older layout, either. */
	if (c->non_existent || c->layout != CHAIN_MANIFEST)
		return 0;
	for (i = 0; i < c->n_steps; i++) {
		if (check_step(p, &c->steps[i], digits, &st, why) == -1)
			return -1;
		if (i == 0 && p->limited && st.st_mtime < p->oldest)
			return 0;
	}
	return check_list(
	    p, c->steps[c->n_steps - 1].ref_path, digits, refs, why);
}

int
prior_find(const struct prior *p, const char *storage, const char *path,
    struct chain *c, int *refs, struct buf *why)
{
	struct buf reason = {NULL, 0, 0};
	enum chain_found found;
	int rc = -1;

	*refs = -1;
	found = chain_read(p->root, storage, path, NULL, p->newest, c, &reason);
	if (found == CHAIN_READ)
		rc = check_chain(p, c, refs, &reason);
	else if (found == CHAIN_NONE)
		rc = 0;
	else if (c->layout == CHAIN_MANIFEST && c->id != NULL)
		buf_printf(
		    why, "manifests/%s/%s/%s.toml: ", storage, path, c->id);
	if (rc == -1)
		buf_puts(why, buf_str(&reason));
	if (rc != 1)
		chain_free(c);
	buf_free(&reason);
	return rc;
}
