/* The members of a tar archive, one after the other, to its very end. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/prog.h"
#include "base/text.h"
#include "tar/decode.h"
#include "tar/in.h"
#include "tar/pax.h"
#include "tar/read.h"

#define RECORDS_MAX (1 << 20) /* of one pax header; honest ones are small */

struct tar_reader {
	struct tar_in *in;
	struct tar_fields f;
	struct tar_pax global, local;
	struct buf name, link; /* GNU's long ones, for the next member */
	struct buf records;
	bool has_name, has_link;
	bool described; /* something above waits for its member */
	const char *path; /* of the current member, or NULL */
	uint64_t start; /* of the block that is being looked at */
	uint64_t left, padding; /* of the current member's contents */
	int status;
	bool quiet;
	const char *why; /* of a failure */
	int error; /* its errno, or 0 if it is the archive's */
};

struct tar_reader *
tar_read_new_stop(int fd, int stop)
{
	struct tar_reader *r = xcalloc(1, sizeof(*r));

	r->in = tar_in_new(fd, stop);
	r->status = PROG_FAILED;
	r->quiet = true;
	return r;
}

struct tar_reader *
tar_read_new(int fd)
{
	struct tar_reader *r = tar_read_new_quiet(fd);

	r->quiet = false;
	return r;
}

struct tar_reader *
tar_read_new_quiet(int fd)
{
	return tar_read_new_stop(fd, -1);
}

uint64_t
tar_read_bytes(const struct tar_reader *r)
{
	return tar_in_offset(r->in);
}

void
tar_read_free(struct tar_reader *r)
{
	if (r == NULL)
		return;
	tar_in_free(r->in);
	tar_pax_free(&r->global);
	tar_pax_free(&r->local);
	buf_free(&r->name);
	buf_free(&r->link);
	buf_free(&r->records);
	free(r);
}

int
tar_read_status(const struct tar_reader *r)
{
	return r->status;
}

const char *
tar_read_why(const struct tar_reader *r)
{
	errno = r->error;
	return r->why;
}

void
tar_read_complain(const struct tar_reader *r, const char *why)
{
	char *line = text_line(r->path != NULL ? r->path : "standard input");

	warnx("%s: byte %" PRIu64 ": %s", line, r->start, why);
	free(line);
}

void
tar_read_tell(const struct tar_reader *r)
{
	errno = r->error;
	if (r->error == 0)
		tar_read_complain(r, r->why);
	else if (r->error != ECANCELED)
		warn("standard input");
}

static int
damaged(struct tar_reader *r, const char *why)
{
	r->why = why;
	r->status = PROG_DAMAGED;
	if (!r->quiet)
		tar_read_tell(r);
	return -1;
}

/* The stream has ended where it must not. */
static int
cut_off(struct tar_reader *r, const char *why)
{
	r->start = tar_in_offset(r->in);
	return damaged(r, why);
}

/* The stream cannot be read, with errno, or is not to be any more. */
static int
unreadable(struct tar_reader *r)
{
	r->error = errno;
	r->why = "cannot be read";
	r->status = PROG_FAILED;
	if (!r->quiet)
		tar_read_tell(r);
	return -1;
}

/* A whole block: 0, or -1. */
static int
block(struct tar_reader *r, const char **p)
{
	ssize_t n;

	r->start = tar_in_offset(r->in);
	n = tar_in_block(r->in, p);
	if (n == -1)
		return unreadable(r);
	return n == TAR_BLOCK
	    ? 0
	    : cut_off(r, "ends without its two blocks of zeros");
}

ssize_t
tar_read_data(struct tar_reader *r, const char **p)
{
	ssize_t n;

	if (r->left == 0)
		return 0;
	n = tar_in_some(r->in, r->left, p);
	if (n == -1)
		return unreadable(r);
	if (n == 0)
		return cut_off(r, "ends within a member");
	r->left -= (uint64_t)n;
	return n;
}

static int
skip_rest(struct tar_reader *r)
{
	const char *p;
	ssize_t n;

	r->left += r->padding;
	r->padding = 0;
	do
		n = tar_read_data(r, &p);
	while (n > 0);
	return (int)n;
}

/* What is behind a block belongs to it: its contents and their padding. */
static void
set_contents(struct tar_reader *r, uint64_t size)
{
	r->left = size;
	r->padding = (TAR_BLOCK - size % TAR_BLOCK) % TAR_BLOCK;
}

/* The contents of a describing header, at most max bytes, into *b. */
static int
slurp(struct tar_reader *r, struct buf *b, size_t max)
{
	const char *p;
	ssize_t n;

	if (r->f.size > max)
		return damaged(r, "a name or pax header that is too long");
	set_contents(r, r->f.size);
	buf_reset(b);
	while ((n = tar_read_data(r, &p)) > 0)
		buf_add(b, p, (size_t)n);
	return n == -1 ? -1 : skip_rest(r);
}

static int
take_long(struct tar_reader *r, struct buf *b, bool *has)
{
	size_t n;

	/* The NUL at its end counts. */
	if (slurp(r, b, TAR_NAME_MAX + 1) == -1)
		return -1;
	n = strlen(buf_str(b));
	if (!tar_zeros(buf_str(b) + n, b->len - n))
		return damaged(r, "a NUL in a name");
	*has = true;
	return 0;
}

static int
take_pax(struct tar_reader *r, struct tar_pax *pax)
{
	const char *bad;

	if (slurp(r, &r->records, RECORDS_MAX) == -1)
		return -1;
	bad = tar_pax_parse(pax, buf_str(&r->records), r->records.len);
	return bad == NULL ? 0 : damaged(r, bad);
}

/* If the block describes a later one, takes it: 1, else 0; or -1. */
static int
describe(struct tar_reader *r)
{
	int rc;

	switch (r->f.type) {
	case TAR_PAX:
		rc = take_pax(r, &r->local);
		break;
	case TAR_PAX_GLOBAL:
		return take_pax(r, &r->global) == -1 ? -1 : 1;
	case TAR_GNU_NAME:
		rc = take_long(r, &r->name, &r->has_name);
		break;
	case TAR_GNU_LINK:
		rc = take_long(r, &r->link, &r->has_link);
		break;
	default:
		return 0;
	}
	r->described = true;
	return rc == -1 ? -1 : 1;
}

static const struct tar_pax *
ruling(const struct tar_reader *r, enum tar_pax_key key)
{
	unsigned bit = 1U << key;

	if (r->local.has & bit)
		return &r->local;
	if (!(r->local.hides & bit) && (r->global.has & bit))
		return &r->global;
	return NULL;
}

static const char *
text_of(const struct tar_reader *r, enum tar_pax_key key, const char *field)
{
	const struct tar_pax *p = ruling(r, key);

	return p != NULL ? buf_str(&p->text[key]) : field;
}

static uint64_t
number_of(const struct tar_reader *r, enum tar_pax_key key, uint64_t field)
{
	const struct tar_pax *p = ruling(r, key);

	return p != NULL ? p->number[key] : field;
}

/* What is wrong with the member, or NULL. */
static const char *
judge(const struct tar_member *m, uint64_t uid, uint64_t gid)
{
	if (strchr("0123456", m->type) == NULL || m->type == '\0')
		return "a member of a type that is not understood";
	if (*m->path == '\0')
		return "a member without a name";
	if (strlen(m->path) > TAR_NAME_MAX || strlen(m->link) > TAR_NAME_MAX)
		return "a name or pax header that is too long";
	/* The highest means "no id" to chown(2). */
	if (uid >= UINT32_MAX || gid >= UINT32_MAX)
		return "an owner's id that is too high";
	if (m->type != TAR_FILE && m->size > 0)
		return "contents of something that is not a file";
	if (m->size > INT64_MAX - TAR_BLOCK)
		return "a size that no file can have";
	return NULL;
}

static int
make_member(struct tar_reader *r, struct tar_member *m)
{
	const struct tar_fields *f = &r->f;
	const struct tar_pax *t = ruling(r, TAR_PAX_MTIME);
	uint64_t uid = number_of(r, TAR_PAX_UID, f->uid);
	uint64_t gid = number_of(r, TAR_PAX_GID, f->gid);
	const char *bad;

	memset(m, 0, sizeof(*m));
	m->path =
	    text_of(r, TAR_PAX_PATH, r->has_name ? buf_str(&r->name) : f->name);
	m->type = f->type;
	m->link = "";
	if (m->type == TAR_HARDLINK || m->type == TAR_SYMLINK)
		m->link = text_of(
		    r, TAR_PAX_LINK, r->has_link ? buf_str(&r->link) : f->link);
	/* An old directory; the name in the block may have been cut there. */
	if (m->type == TAR_FILE && text_ends(m->path, "/"))
		m->type = TAR_DIR;
	m->user = text_of(r, TAR_PAX_USER, f->user);
	m->group = text_of(r, TAR_PAX_GROUP, f->group);
	m->mtime.tv_sec = f->mtime;
	if (t != NULL)
		m->mtime = t->mtime;
	m->size = number_of(r, TAR_PAX_SIZE, f->size);
	m->uid = (uid_t)uid;
	m->gid = (gid_t)gid;
	m->mode = f->mode;
	r->path = m->path;
	bad = judge(m, uid, gid);
	if (bad != NULL)
		return damaged(r, bad);
	set_contents(r, m->size);
	return 1;
}

/* Behind the first block of zeros: one more, and zeros to the end. */
static int
finish(struct tar_reader *r)
{
	const char *p;
	ssize_t n;

	if (r->described)
		return damaged(r, "a header without its member");
	if (block(r, &p) == -1)
		return -1;
	if (!tar_zeros(p, TAR_BLOCK))
		return damaged(r, "a lone block of zeros");
	do {
		r->start = tar_in_offset(r->in);
		n = tar_in_block(r->in, &p);
		if (n == TAR_BLOCK && !tar_zeros(p, TAR_BLOCK)) {
			while (*p++ == '\0')
				r->start++;
			return damaged(r, "more behind its end");
		}
	} while (n == TAR_BLOCK);
	if (n == -1)
		return unreadable(r);
	return n == 0 ? 0 : cut_off(r, "ends within a block");
}

int
tar_read_next(struct tar_reader *r, struct tar_member *m)
{
	const char *p, *bad;
	int rc;

	if (skip_rest(r) == -1)
		return -1;
	r->path = NULL;
	r->described = r->has_name = r->has_link = false;
	tar_pax_reset(&r->local);
	do {
		if (block(r, &p) == -1)
			return -1;
		if (tar_zeros(p, TAR_BLOCK))
			return finish(r);
		bad = tar_decode(p, &r->f);
		if (bad != NULL)
			return damaged(r, bad);
		rc = describe(r);
	} while (rc == 1);
	return rc == -1 ? -1 : make_member(r, m);
}
