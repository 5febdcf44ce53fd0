/* Takes what is new in a repository since an earlier list of references. */
/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "git/news.h"
#include "git/take.h"

/* Why a file could not be made of the others.  Returns -1. */
static int
failed(struct take *t, const char *what)
{
	if (errno != EBADMSG)
		return take_write_failed(t);
	buf_puts(&t->why, what);
	return -1;
}

/*
 * Is the list what it was?  Compared byte by byte: then there is no object
 * to look for, as the earlier list's are all in the backup.
 */
static int
same_list(struct take *t, bool *same)
{
	char now[4096], then[sizeof(now)];
	int fd = t->fd[TREE_REFS];
	ssize_t n, m;

	*same = false;
	if (lseek(fd, 0, SEEK_SET) == -1 ||
	    lseek(t->earlier, 0, SEEK_SET) == -1)
		return take_write_failed(t);
	do {
		n = io_read_full(fd, now, sizeof(now));
		m = io_read_full(t->earlier, then, sizeof(then));
		if (n == -1 || m == -1)
			return take_write_failed(t);
		if (n != m || memcmp(now, then, (size_t)n) != 0)
			return 0;
	} while (n > 0);
	*same = true;
	return 0;
}

/* Runs git with one scratch file for its input and one for its output. */
static int
filter(struct take *t, int in, int out, const char *verb, const char *args)
{
	struct run r = {.in = in, .out = out};

	if (lseek(in, 0, SEEK_SET) == -1 || ftruncate(out, 0) == -1 ||
	    lseek(out, 0, SEEK_SET) == -1)
		return take_write_failed(t);
	return take_git(t, &r, verb, args) == 0 ? 0 : take_check_full(t, out);
}

/*
 * Asks git which of the tips are new: of commits, those that nothing of the
 * earlier list reaches; and so for tags, as one inside another may have been
 * there.  t->oids becomes what git is asked about, t->walk what it says.
 */
static int
ask_history(struct take *t, struct news *n)
{
	/* A tree or blob counts as new even if it stands in an old tree. */
	static const char tags[] = "--boundary,--pretty=oneline,--stdin,"
				   "--objects,--filter=tree:0";
	static const char commits[] = "--boundary,--pretty=oneline,--stdin";

	if (news_ask(n, t->earlier, t->oids) == -1)
		return take_write_failed(t);
	if (filter(t, t->oids, t->walk, "cat-file", "--batch-check") == -1)
		return -1;
	if (news_answer(n, t->walk, t->oids) == -1)
		return failed(t, "git cat-file: a reference has no object");
	if (n->tags || n->commits)
		return filter(
		    t, t->oids, t->walk, "rev-list", n->tags ? tags : commits);
	return ftruncate(t->walk, 0) == 0 ? 0 : take_write_failed(t);
}

/*
 * Packs the tips behind the bundle's header, but for what the earlier list
 * reaches, and as differences to that.
 */
static int
take_tips(struct take *t, struct news *n)
{
	struct run r = {.in = t->oids, .out = t->fd[TREE_BUNDLE]};
	bool any = false;

	if (n->n > 0 && (take_check(t) == -1 || ask_history(t, n) == -1))
		return -1;
	if (n->n == 0 && ftruncate(t->walk, 0) == -1)
		return take_write_failed(t);
	if (news_header(n, t->walk, t->fd[TREE_REFS], r.out, &t->refs, &any) ==
	    -1)
		return failed(t, "git rev-list: not a list of commits");
	if (!any) {
		t->bytes = t->refs.bytes + t->refs.header;
		return 0;
	}
	if (lseek(r.in, 0, SEEK_SET) == -1)
		return take_write_failed(t);
	if (take_git(t, &r, "pack-objects",
		"--revs,--thin,--stdout,--delta-base-offset,-q") != 0)
		return take_check_full(t, r.out);
	return take_check_bundle(t);
}

int
take_news(struct take *t)
{
	struct news n = {0};
	int rc;

	if (same_list(t, &t->unchanged) == -1)
		return -1;
	n.digits = t->refs.digits;
	if (t->unchanged)
		rc = 0;
	else if (news_find(&n, t->fd[TREE_REFS], t->earlier, n.digits) == 0)
		rc = 0;
	else
		rc = failed(t, "git show-ref: not a list of references");
	if (rc == 0)
		rc = take_tips(t, &n);
	news_free(&n);
	return rc;
}
