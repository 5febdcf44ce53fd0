/* Backs up the repositories of a list by gitaly-backup. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "base/prog.h"
#include "base/text.h"
#include "git/gitaly_backup_session.h"
#include "git/gitaly_backup_talk.h"
#include "git/gitaly_backup_tree.h"
#include "git/prior.h"
#include "git/share.h"

#define HAS_IT "the backup cannot be written: it has this repository already"

/*
 * An increment on a backup of nothing would be marked as empty by Gitaly, and
 * one on a damaged backup be as worthless as that.  So the repositories that
 * have no usable base wait, in full, for a second run that is no incremental
 * one.
 */
struct creation {
	struct gitaly_backup_session s;
	const struct gitaly_backup *o;
	struct gitaly_backup_tree *tree; /* NULL: server-side */
	struct prior *prior; /* to build upon; NULL: nothing */
	struct share *share; /* with the base's tree; NULL: it is ours */
	struct gitaly_backup_spool full; /* those of the second run */
	struct gitaly_backup_talk *talk; /* NULL: not started yet */
	struct list argv; /* of talk */
	struct gitaly_backup_talk_spec spec;
	atomic_bool stopped; /* nothing more can be done */
};

/* A gitaly_backup_talk_spec.answer. */
static void
answer(void *arg, enum gitaly_backup_saying saying, const char *storage,
    const char *path, const char *why)
{
	struct creation *c = arg;
	struct capture_result r = {.status = CAPTURE_FAILED};

	if (saying == GITALY_BACKUP_FAILED) {
		if (c->tree != NULL)
			gitaly_backup_tree_failed(c->tree, storage, path);
		buf_puts(&r.error, why);
	} else if (c->tree == NULL) {
		r.status = saying == GITALY_BACKUP_COMPLETED ? CAPTURE_OK
		    : c->o->incremental			     ? CAPTURE_UNCHANGED
							     : CAPTURE_MISSING;
	} else if (saying == GITALY_BACKUP_COMPLETED) {
		gitaly_backup_tree_completed(c->tree, storage, path, &r);
	} else {
		gitaly_backup_tree_skipped(c->tree, storage, path, &r);
	}
	if (!c->stopped &&
	    tally_add(&c->s.tally, c->o->tree, storage, path, &r) != 0) {
		c->stopped = true;
		gitaly_backup_talk_stop(c->talk);
	}
	buf_free(&r.error);
}

static struct gitaly_backup_talk *
start_talk(struct creation *c, bool incremental)
{
	list_free(&c->argv);
	gitaly_backup_session_argv(&c->s, &c->argv, "create",
	    gitaly_backup_era_layout(&c->s.era, false), c->o->id);
	if (incremental)
		list_add(&c->argv, "-incremental");
	c->spec = (struct gitaly_backup_talk_spec){
	    "create", &c->argv, &c->s.servers, c->o->tree, answer, c};
	return gitaly_backup_talk_start(&c->spec);
}

/*
 * Looks for the backup to build upon, and brings it into our tree.  Returns 1,
 * 0 if there is no usable one, or -1 to stop.
 */
static int
find_base(struct creation *c, const struct input_repo *r)
{
	const char *storage = r->storage_name, *path = r->relative_path;
	struct capture_result full = {.status = CAPTURE_FAILED};
	struct buf why = {NULL, 0, 0}, line = {NULL, 0, 0};
	struct chain chain = {0};
	int found, refs = -1;

	found = prior_find(c->prior, storage, path, &chain, &refs, &why);
	if (refs != -1)
		close(refs);
	if (found == 1 && c->share != NULL &&
	    share_repository(
		c->share, storage, path, &chain, &why, &full.full) == -1)
		found = -1;
	text_fold(&full.error, buf_str(&why), why.len);
	if (found == -1 && full.full != 0) {
		tally_add(&c->s.tally, c->o->tree, storage, path, &full);
	} else if (found == -1) {
		buf_printf(&line, "its newest backup cannot be built upon: %s",
		    buf_str(&full.error));
		tally_complain(storage, path, buf_str(&line));
		found = 0;
	}
	chain_free(&chain);
	buf_free(&why);
	buf_free(&line);
	buf_free(&full.error);
	return found;
}

/* Sends one repository.  Returns 0, or -1 to stop. */
static int
send(struct creation *c, const struct input_repo *r, bool incremental)
{
	struct rows_repository row = {r->storage_name, r->relative_path,
	    r->gl_project_path, r->always_create};

	if (c->talk == NULL && (c->talk = start_talk(c, incremental)) == NULL)
		return -1;
	if (gitaly_backup_talk_send(c->talk, &row) == 0)
		return c->stopped ? -1 : 0;
	return tally_fail(
		   &c->s.tally, r->storage_name, r->relative_path, HAS_IT) == 0
	    ? 0
	    : -1;
}

/* Deals with one repository of the list.  Returns 0, or -1 to stop. */
static int
take(struct creation *c, const struct input_repo *r)
{
	int found;

	if (c->tree != NULL &&
	    gitaly_backup_tree_has(c->tree, r->storage_name, r->relative_path))
		return tally_fail(&c->s.tally, r->storage_name,
			   r->relative_path, HAS_IT) == 0
		    ? 0
		    : -1;
	found = c->prior != NULL ? find_base(c, r) : 1;
	if (found == 0)
		return gitaly_backup_spool_add(&c->full, &c->s, r);
	return found == 1 ? send(c, r, c->o->incremental) : -1;
}

/* Ends the run that is on.  Returns a status. */
static int
end_talk(struct creation *c)
{
	int rc = PROG_DONE;

	if (c->talk != NULL)
		rc = gitaly_backup_talk_end(c->talk);
	c->talk = NULL;
	/* What one run has done is done, whatever becomes of the other. */
	return rc == PROG_FAILED && c->s.tally.done > 0 ? PROG_PARTIAL : rc;
}

/* Sends all that fd lists.  Returns the list's status. */
static int
run_list(struct creation *c, int fd,
    int (*each)(struct creation *c, const struct input_repo *r))
{
	struct input *in = input_new(fd);
	struct input_repo r;
	uint64_t refused = 0;
	int rc = PROG_DONE;

	while (!c->stopped &&
	    (rc = gitaly_backup_session_next(&c->s, in, &r, &refused)) == -1)
		if (each(c, &r) == -1) {
			rc = PROG_FAILED;
			break;
		}
	input_free(in);
	return c->stopped ? PROG_FAILED : rc;
}

static int
take_full(struct creation *c, const struct input_repo *r)
{
	return send(c, r, false);
}

/* Both runs, when all is open.  Returns a status; *whole: see below. */
static int
create_list(struct creation *c, bool *whole)
{
	int listed, rc;

	listed = run_list(c, STDIN_FILENO, take);
	rc = end_talk(c);
	if (listed == PROG_DONE && c->full.n > 0 && !c->stopped) {
		listed = PROG_FAILED;
		if (gitaly_backup_spool_rewind(&c->full) == 0)
			listed = run_list(c, c->full.fd, take_full);
		rc = prog_worse(rc, end_talk(c));
	}
	rc = prog_worse(prog_worse(rc, listed), c->s.tally.status);
	/* But for repositories that the results name. */
	*whole = listed == PROG_DONE && c->s.tally.done > 0 &&
	    (rc == PROG_DONE || rc == PROG_PARTIAL);
	return rc;
}

/* Opens the trees.  Returns 0, or -1 after a warning. */
static int
open_trees(struct creation *c)
{
	const struct gitaly_backup *o = c->o;

	if (o->server_side && o->incremental && c->s.era.adds_missing)
		/* Only Gitaly knows which are continued, and how. */
		warnx("%s: version %d.%d restores an increment of a repository "
		      "that was empty before as empty: back up in full from "
		      "time to time",
		    o->program, c->s.era.major, c->s.era.minor);
	if (o->server_side)
		return 0;
	if (o->incremental && !c->s.era.manifests) {
		/* They would lie in the base's own directory. */
		warnx("%s: version %d.%d is too old for increments: 16.10 is "
		      "the oldest; see --engine=git",
		    o->program, c->s.era.major, c->s.era.minor);
		return -1;
	}
	/* First of all, as it makes nothing if the base is none. */
	if (o->base != NULL) {
		c->share = share_open(o->base, o->tree, o->id);
		if (c->share == NULL)
			return -1;
	}
	c->tree = gitaly_backup_tree_open(o->tree, o->id, &c->s.era);
	if (c->tree == NULL ||
	    (c->share != NULL && share_markers(c->share) == -1))
		return -1;
	if (!o->incremental)
		return 0;
	c->prior =
	    prior_open(o->base != NULL ? o->base : o->tree, o->full_every);
	return c->prior != NULL ? 0 : -1;
}

int
gitaly_backup_create(const struct gitaly_backup *o)
{
	struct creation c = {.o = o};
	bool whole = false;
	int rc = PROG_FAILED;

	if (gitaly_backup_session_start(&c.s, o) == 0 && open_trees(&c) == 0)
		rc = create_list(&c, &whole);
	if (gitaly_backup_tree_close(c.tree, whole) == -1)
		rc = PROG_FAILED;
	prior_close(c.prior);
	share_close(c.share);
	gitaly_backup_spool_free(&c.full);
	list_free(&c.argv);
	gitaly_backup_session_end(&c.s);
	return rc;
}
