/* Takes what one repository holds into open files, by running git and tar. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/text.h"
#include "git/peek.h"
#include "git/refdirs.h"
#include "git/present.h"
#include "git/reffiles.h"
#include "git/reflist.h"
#include "git/salvage.h"
#include "git/special.h"
#include "git/take.h"

#define ATTEMPTS 3 /* while the repository changes under our hands */
#define PACK_HEADER 12 /* bytes before the first object */

int
take_write_failed(struct take *t)
{
	buf_printf(&t->why, "the backup cannot be written: %s",
	    errno == EEXIST ? "it has this repository already"
			    : strerror(errno));
	if (tree_is_full(errno))
		t->full = errno;
	return -1;
}

void
take_free(struct take *t)
{
	buf_free(&t->format);
	buf_free(&t->head);
	buf_free(&t->why);
	list_free(&t->broken.names);
}

/*
 * A program that failed may have met a full disk.  We know not by its words,
 * which a name in the repository could imitate, but by writing more.
 */
int
take_check_full(struct take *t, int fd)
{
	static const char block[IO_SIZE];

	if (io_write_all(fd, block, sizeof(block)) == -1 && tree_is_full(errno))
		t->full = errno;
	return -1;
}

int
take_git(struct take *t, struct run *r, const char *verb, const char *args)
{
	struct list argv = {NULL, 0};
	char name[32] = "git ";
	int rc;

	list_add(&argv, "git");
	list_addf(&argv, "--git-dir=%s", t->dir);
	list_add(&argv, verb);
	list_split(&argv, args);
	r->env = t->env;
	r->user = t->user;
	strncat(name, verb, sizeof(name) - strlen(name) - 1);
	rc = run(r, argv.v, name, &t->why);
	list_free(&argv);
	return rc;
}

/* Runs git for a word of output, which goes to *word.  Returns as run(). */
static int
ask_git(struct take *t, struct buf *word, const char *verb, const char *arg)
{
	struct run r = {.in = -1, .out = -1, .text = word};
	int rc;

	buf_reset(word);
	rc = take_git(t, &r, verb, arg);
	while (word->len > 0 && word->data[word->len - 1] == '\n')
		word->data[--word->len] = '\0';
	return rc;
}

int
take_empty(const struct take *t)
{
	int i, rc;

	rc = ftruncate(t->oids, 0);
	if (ftruncate(t->walk, 0) == -1)
		rc = -1;
	for (i = 0; i < TREE_FILES; i++)
		if (ftruncate(t->fd[i], 0) == -1 ||
		    lseek(t->fd[i], 0, SEEK_SET) == -1)
			rc = -1;
	return rc;
}

/* Once, and only when a git is about to run: it costs as much as one. */
int
take_check(struct take *t)
{
	if (!t->checked && special_check(t->repo, &t->why) == -1)
		return -1;
	t->checked = true;
	return 0;
}

/*
 * Lists the references.  By show-ref: for-each-ref passes over broken ones
 * with a warning and 0, and does not know HEAD.
 */
static int
list_refs(struct take *t)
{
	struct run r = {.in = -1, .out = t->fd[TREE_REFS], .strict = true};
	struct stat st;
	int rc;

	list_free(&t->broken.names);
	t->broken.n = 0;
	if (take_check(t) == -1)
		return -1;
	if (take_empty(t) == -1)
		return take_write_failed(t);
	rc = take_git(t, &r, "show-ref", "--head");
	if (rc == 0)
		return 0;
	if (fstat(r.out, &st) == -1)
		return take_write_failed(t);
	if (rc != 1 || st.st_size > 0) {
		take_check_full(t, r.out);
		if (t->full != 0 || salvage_refs(t) == -1)
			return -1;
	}
	buf_reset(&t->why); /* 1 is its way to say that there are none */
	return 0;
}

/*
 * Is it a list that can be brought back?  Files that were spoiled by hand give
 * one name twice, or one that is another's directory, and git lists both.
 */
static int
check_refs(struct take *t)
{
	struct reflist l;
	int rc;

	rc = reflist_open(&l, t->fd[TREE_REFS], t->refs.digits);
	while (rc == 0 && (rc = reflist_next(&l)) == 1)
		rc = 0;
	if (rc == -1 && l.wrong == NULL)
		take_write_failed(t);
	else if (rc == -1)
		buf_puts(&t->why, l.wrong);
	reflist_close(&l);
	return rc;
}

/*
 * Lists the references, unless they are listed already, and reads the list.
 * What its own files have told is believed once: if git then fails, an object
 * may be missing, of which git alone knows.
 */
static int
take_refs(struct take *t, bool listed)
{
	if (!listed && list_refs(t) == -1)
		return -1;
	if (refs_scan(
		t->fd[TREE_REFS], t->oids, t->fd[TREE_BUNDLE], &t->refs) == 0)
		return check_refs(t);
	if (errno != EBADMSG)
		return take_write_failed(t);
	buf_puts(&t->why, "git show-ref: not a list of references");
	return -1;
}

/*
 * Does a pack that ends with a checksum follow the bundle's header?  One of
 * no objects is right if all that is new is the name of an old one.
 */
int
take_check_bundle(struct take *t)
{
	off_t least =
	    (off_t)(t->refs.header + PACK_HEADER + t->refs.digits / 2);
	struct stat st;
	char magic[4];

	if (fstat(t->fd[TREE_BUNDLE], &st) == -1 ||
	    pread(t->fd[TREE_BUNDLE], magic, sizeof(magic),
		(off_t)t->refs.header) == -1)
		return take_write_failed(t);
	if (st.st_size >= least + (t->increment ? 0 : 1) &&
	    memcmp(magic, "PACK", 4) == 0) {
		t->bytes = t->refs.bytes + (uint64_t)st.st_size;
		return 0;
	}
	buf_puts(&t->why, "git pack-objects: exit status 0, but no pack");
	return -1;
}

/* Fills the bundle for the list. */
static int
take_bundle(struct take *t)
{
	t->increment = false;
	if (t->refs.n == 0)
		return 0;
	t->increment = t->earlier != -1 &&
	    strcmp(refs_format(&t->refs), t->earlier_format) == 0;
	return t->increment ? take_news(t) : take_pack(t);
}

/*
 * An object on the list may be gone before it is packed, if its reference
 * was deleted and git gc came by.  So a failure is final only if the list is
 * still the same.
 */
static int
take_objects(struct take *t)
{
	char sum[HASH_HEX] = "", *reason = NULL;
	int attempt, rc = -1;

	for (attempt = 0; attempt < ATTEMPTS; attempt++) {
		free(reason);
		reason = buf_take(&t->why);
		if (take_refs(t, attempt == 0 && t->listed) == -1)
			break;
		if (strcmp(sum, t->refs.sum) == 0) {
			buf_puts(&t->why, reason);
			break;
		}
		if (take_bundle(t) == 0) {
			rc = 0;
			break;
		}
		if (t->full != 0)
			break;
		memcpy(sum, t->refs.sum, sizeof(sum));
	}
	free(reason);
	return rc;
}

/* Finds out the object format. */
static int
take_format(struct take *t)
{
	if (t->refs.n > 0) {
		buf_puts(&t->format, refs_format(&t->refs));
		return 0;
	}
	if (ask_git(t, &t->format, "rev-parse", "--show-object-format") != 0)
		return -1;
	if (strcmp(buf_str(&t->format), "sha1") == 0 ||
	    strcmp(buf_str(&t->format), "sha256") == 0)
		return 0;
	buf_puts(&t->why, "git rev-parse: unknown object format");
	return -1;
}

/* Finds out what HEAD names. */
static int
take_head(struct take *t)
{
	switch (peek_head(t->repo, &t->head)) {
	case PEEK_SYMBOLIC:
	case PEEK_DETACHED:
		return 0;
	case PEEK_ELSEWHERE:
		switch (ask_git(t, &t->head, "symbolic-ref", "-q,HEAD")) {
		case 0:
			return 0;
		case 1:
			buf_reset(&t->why);
			buf_reset(&t->head);
			return 0;
		default:
			return -1;
		}
	case PEEK_UNREADABLE:
		break;
	}
	buf_printf(&t->why, "HEAD: %s", strerror(errno));
	return -1;
}

/* Packs the directory custom_hooks, where there is one. */
static int
take_hooks(struct take *t)
{
	struct run r = {.env = t->env, .user = t->user, .in = -1};
	struct list argv = {NULL, 0};
	struct stat st;
	int rc;

	if (fstatat(t->repo, "custom_hooks", &st, AT_SYMLINK_NOFOLLOW) == -1) {
		if (errno == ENOENT)
			return 0;
		buf_printf(&t->why, "custom_hooks: %s", strerror(errno));
		return -1;
	}
	r.out = t->fd[TREE_HOOKS];
	list_split(&argv, "tar,-c,-f,-,--format=gnu,--sort=name,-C");
	list_add(&argv, t->dir);
	list_add(&argv, "custom_hooks");
	rc = run(&r, argv.v, "tar", &t->why);
	list_free(&argv);
	if (rc != 0)
		return take_check_full(t, r.out);
	if (fstat(r.out, &st) == -1)
		return take_write_failed(t);
	t->bytes += (uint64_t)st.st_size;
	t->has_hooks = true;
	return 0;
}

/*
 * Lists the references without git if it may be done.  Returns 1 if there are
 * none at all, so that git has nothing to do: sites have many such wikis.
 *
 * For a full backup git meets all objects afterwards.  For an increment it may
 * not even look at those that references name: that is done here.
 */
static int
take_files(struct take *t)
{
	struct refdirs found = {.odd = false};
	struct stat st;
	int rc;

	rc = refdirs_check(t->repo, t->user, &found, &t->why);
	if (rc == 0) {
		rc = reffiles_list(t->repo, t->user, &found, t->fd[TREE_REFS]);
		if (rc == 1 && t->earlier != -1 &&
		    !present_all(t->repo, t->user, t->fd[TREE_REFS]))
			rc = 0;
		t->listed = rc == 1;
		if (rc == -1)
			take_write_failed(t);
	}
	buf_free(&found.files);
	if (rc != 1)
		return rc;
	if (fstat(t->fd[TREE_REFS], &st) == -1)
		return take_write_failed(t);
	return st.st_size == 0;
}

int
take_repository(struct take *t)
{
	int none = take_files(t);

	if (none == -1)
		return -1;
	if (none)
		buf_puts(&t->format, "sha1");
	else if (take_objects(t) == -1 || take_format(t) == -1)
		return -1;
	if (take_head(t) == -1 || take_hooks(t) == -1)
		return -1;
	/* HEAD alone, without a reference, is nothing that a bundle keeps. */
	if (t->refs.n == 0 && ftruncate(t->fd[TREE_REFS], 0) == -1)
		return take_write_failed(t);
	if (t->refs.n == 0 && t->earlier != -1)
		t->increment =
		    strcmp(buf_str(&t->format), t->earlier_format) == 0;
	return 0;
}
