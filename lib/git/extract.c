/* Makes a plain bare repository from its backup. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/io.h"
#include "base/prog.h"
#include "base/status.h"
#include "base/text.h"
#include "git/capture.h"
#include "git/chain.h"
#include "git/extract.h"
#include "git/tally.h"
#include "git/input.h"
#include "git/rebuild.h"
#include "git/result.h"
#include "git/scratch.h"

struct extraction {
	const struct extract *o;
	char *parent, *name; /* of the directory that is made */
	int tree;
	char *newest; /* id of the newest run; or NULL */
	char *storage, *path; /* of the repository */
	struct scratch *scratch;
};

/* Looks at the directory's name and place.  Returns 0, or -1 (warned). */
static int
look_at_dir(struct extraction *x)
{
	char *dir = xstrdup(x->o->dir), *slash;
	size_t n = strlen(dir);
	struct stat st;

	while (n > 1 && dir[n - 1] == '/')
		dir[--n] = '\0';
	slash = strrchr(dir, '/');
	x->name = xstrdup(slash == NULL ? dir : slash + 1);
	x->parent = slash == NULL ? xstrdup(".")
	    : slash == dir	  ? xstrdup("/")
				  : xstrndup(dir, (size_t)(slash - dir));
	free(dir);
	if (lstat(x->o->dir, &st) == 0)
		errno = EEXIST;
	else if (errno == ENOENT && *x->name != '\0' &&
	    stat(x->parent, &st) == 0)
		return 0;
	warn("%s", x->o->dir);
	return -1;
}

/* Reads which repository it is.  Returns a status. */
static int
read_name(struct extraction *x)
{
	struct input *in = input_new(STDIN_FILENO);
	struct input_repo r;
	char *bad = NULL;
	int rc;

	rc = input_next(in, &r);
	if (rc == PROG_DONE)
		bad = xstrdup("no repository is named");
	if (rc == -1) {
		bad = input_bad(&r);
		x->storage = xstrdup(r.storage_name);
		x->path = xstrdup(r.relative_path);
		rc = input_next(in, &r);
		if (rc == -1 && bad == NULL)
			bad = xstrdup("more than one repository is named");
	}
	input_free(in);
	if (bad != NULL && rc != PROG_FAILED && rc != PROG_DAMAGED) {
		warnx("standard input: %s", bad);
		rc = PROG_DAMAGED;
	}
	free(bad);
	return rc;
}

/*
 * Puts what was made where it is to be, when it would survive a crash.
 * Returns 0, or -1 with the reason appended to *why.
 */
static int
publish(struct extraction *x, int fd, struct buf *why)
{
	int parent = open(x->parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = -1;

	if (parent != -1 && syncfs(fd) == 0) {
		/* What clears the directory must not meet us halfway. */
		scratch_settle(x->scratch);
		rc = renameat2(fd, "0.new", parent, x->name, RENAME_NOREPLACE);
		/* Some file systems know no flags: an empty one is replaced. */
		if (rc == -1 && errno == EINVAL)
			rc = renameat(fd, "0.new", parent, x->name);
		if (rc == 0 && fsync(parent) == -1) {
			rc = -1;
			renameat(parent, x->name, fd, "0.new");
		}
	}
	if (rc == -1)
		buf_printf(why, "%s: %s", x->o->dir, strerror(errno));
	if (parent != -1)
		close(parent);
	return rc;
}

/* Makes the repository that c describes, and says in *r how it went. */
static int
make(struct extraction *x, const struct chain *c, struct capture_result *r)
{
	struct list env = {NULL, 0};
	struct rebuild b = {.tree = x->tree, .chain = c, .env = &env};
	int rc = -1;

	run_environment(&env);
	b.path = scratch_path(x->scratch);
	b.fd = open(b.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (b.fd == -1)
		rebuild_write_failed(&b);
	else if (rebuild_repository(&b) == 0)
		rc = publish(x, b.fd, &b.why);
	if (b.fd != -1)
		close(b.fd);
	if (rc == 0 && b.note.len > 0) {
		tally_complain(x->storage, x->path, b.note.data);
		rc = PROG_PARTIAL;
	}
	r->status = rc == -1 ? CAPTURE_FAILED
	    : b.refs == 0    ? CAPTURE_EMPTY
			     : CAPTURE_OK;
	r->refs = rc != -1 ? b.refs : 0;
	r->bytes = rc != -1 ? b.bytes : 0;
	if (b.full != 0) {
		buf_reset(&b.why);
		buf_printf(&b.why, "%s: %s", x->parent, strerror(b.full));
	}
	text_fold(&r->error, buf_str(&b.why), b.why.len);
	rebuild_free(&b);
	list_free(&env);
	return rc == -1 ? PROG_FAILED : rc;
}

/* Finds the backup and makes the repository.  Returns a status. */
static int
from_backup(struct extraction *x, struct capture_result *r)
{
	struct buf why = {NULL, 0, 0};
	struct chain c = {0};
	int rc = PROG_FAILED;

	if (chain_read(x->tree, x->storage, x->path, x->o->id, x->newest, &c,
		&why) != CHAIN_READ) {
		r->status = CAPTURE_FAILED;
		text_fold(&r->error, buf_str(&why), why.len);
	} else if (c.non_existent) {
		r->status = CAPTURE_MISSING;
		tally_complain(
		    x->storage, x->path, "did not exist when it was backed up");
	} else {
		rc = make(x, &c, r);
	}
	if (r->error.len > 0 && !scratch_ending(x->scratch))
		tally_complain(x->storage, x->path, buf_str(&r->error));
	chain_free(&c);
	buf_free(&why);
	return rc;
}

/* Does it, and tells the result.  Returns a status. */
static int
extract(struct extraction *x)
{
	struct buf line = {NULL, 0, 0};
	struct capture_result r = {0};
	int rc;

	rc = from_backup(x, &r);
	result_write(&line, x->storage, x->path, &r);
	/* A signal that has come meanwhile ends us first, or waits. */
	scratch_free(x->scratch);
	x->scratch = NULL;
	if (io_write_all(STDOUT_FILENO, line.data, line.len) == -1) {
		warn("standard output");
		rc = PROG_FAILED;
	}
	status_add(0, r.bytes, 1);
	buf_free(&line);
	buf_free(&r.error);
	return rc;
}

/* Everything that can fail before anything is made.  Returns a status. */
static int
prepare(struct extraction *x)
{
	int rc;

	if (look_at_dir(x) == -1)
		return PROG_FAILED;
	x->tree = open(x->o->tree, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (x->tree == -1) {
		warn("%s", x->o->tree);
		return PROG_FAILED;
	}
	if (x->o->id == NULL && chain_newest(x->tree, &x->newest) == -1) {
		warn("%s/backup_ids", x->o->tree);
		return PROG_FAILED;
	}
	rc = read_name(x);
	if (rc != PROG_DONE)
		return rc;
	x->scratch = scratch_new(x->parent, ".glb-extract");
	return x->scratch != NULL ? PROG_DONE : PROG_FAILED;
}

int
extract_run(const struct extract *o)
{
	struct extraction x = {.o = o, .tree = -1};
	int rc;

	rc = prepare(&x);
	if (rc == PROG_DONE)
		rc = extract(&x);
	if (x.tree != -1)
		close(x.tree);
	free(x.newest);
	free(x.storage);
	free(x.path);
	free(x.parent);
	free(x.name);
	return rc;
}
