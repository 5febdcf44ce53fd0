/* What the backup of a repository holds, as far as a glance tells. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "git/gitaly_backup_tree.h"
#include "git/reflist.h"

/* Keeps the reason why the file of the backup is not as it must be. */
static int
blame(struct capture_result *r, const char *file, const char *reason)
{
	r->status = CAPTURE_FAILED;
	buf_reset(&r->error);
	buf_printf(&r->error, "%s: %s", file, reason);
	return -1;
}

/* The size of a file that may be absent, then 0. */
static uint64_t
size_of(int root, const char *file)
{
	uint64_t size = 0;
	struct stat st;
	int fd;

	if (file == NULL)
		return 0;
	fd = chain_open(root, file);
	if (fd != -1 && fstat(fd, &st) == 0)
		size = (uint64_t)st.st_size;
	if (fd != -1)
		close(fd);
	return size;
}

/* Reads the list of references, and counts them. */
static int
look_refs(
    int root, const struct chain *c, const char *file, struct capture_result *r)
{
	size_t digits = strcmp(c->object_format, "sha256") == 0 ? 64 : 40;
	struct reflist l = {0};
	int fd, rc;

	fd = chain_open(root, file);
	if (fd == -1)
		return blame(r, file, strerror(errno));
	rc = reflist_open(&l, fd, digits);
	while (rc == 0 && (rc = reflist_next(&l)) == 1)
		rc = 0;
	if (rc == -1)
		blame(r, file, l.wrong != NULL ? l.wrong : strerror(errno));
	r->refs = l.n;
	reflist_close(&l);
	close(fd);
	return rc;
}

/* Does the file start as a bundle does? */
static int
look_bundle(int root, const char *file, struct capture_result *r)
{
	char start[4] = "";
	int fd, rc = -1;

	if (file == NULL)
		return blame(r, "its manifest", "references, but no bundle");
	fd = chain_open(root, file);
	if (fd == -1)
		return blame(r, file, strerror(errno));
	if (io_read_full(fd, start, sizeof(start)) == -1)
		blame(r, file, strerror(errno));
	else if (memcmp(start, "# v", 3) != 0)
		blame(r, file, "not a bundle");
	else
		rc = 0;
	close(fd);
	return rc;
}

/* Are the two files equal? */
static bool
equal(int root, const char *a, const char *b)
{
	char x[4096], y[4096];
	int p = chain_open(root, a), q = chain_open(root, b);
	ssize_t m, n;
	bool same = p != -1 && q != -1;

	do {
		m = same ? io_read_full(p, x, sizeof(x)) : -1;
		n = same ? io_read_full(q, y, sizeof(y)) : -1;
		same = m != -1 && m == n && memcmp(x, y, (size_t)m) == 0;
	} while (same && m > 0);
	if (p != -1)
		close(p);
	if (q != -1)
		close(q);
	return same;
}

void
gitaly_backup_tree_look(
    int root, const struct chain *c, bool all, struct capture_result *r)
{
	const struct chain_step *last, *s;

	r->status = CAPTURE_MISSING;
	if (c->non_existent)
		return;
	last = &c->steps[c->n_steps - 1];
	if (look_refs(root, c, last->ref_path, r) == -1 ||
	    (r->refs > 0 && look_bundle(root, last->bundle_path, r) == -1))
		return;
	if (c->empty && r->refs > 0) {
		/* Gitaly would restore it as an empty one. */
		blame(r, last->ref_path,
		    "references, but the manifest says that there are none");
		return;
	}
	r->steps = c->n_steps;
	for (s = c->steps; all && s < last; s++)
		if (size_of(root, s->ref_path) > 0 &&
		    look_bundle(root, s->bundle_path, r) == -1)
			return;
	for (s = all ? c->steps : last; s <= last; s++)
		r->bytes += size_of(root, s->ref_path) +
		    size_of(root, s->bundle_path) +
		    size_of(root, s->custom_hooks_path);
	r->status = r->refs == 0 ? CAPTURE_EMPTY
	    : !all && c->n_steps > 1 &&
		equal(root, last->ref_path, last[-1].ref_path)
	    ? CAPTURE_UNCHANGED
	    : CAPTURE_OK;
}
