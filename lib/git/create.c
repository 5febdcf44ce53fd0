/* Backs up every repository of a list, many at a time. */
/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/prog.h"
#include "git/capture.h"
#include "git/create.h"
#include "git/each.h"
#include "proc/child.h"

/* One each_spec.work. */
static int
work(void *arg, unsigned int worker, struct storage *s, const char *path,
    struct capture_result *r)
{
	struct capture *captures = arg;

	capture_repository(&captures[worker], s, path, r);
	return 0;
}

/* The trees: the one that is filled, and what it builds upon. */
struct trees {
	struct tree *tree;
	struct share *share; /* NULL: with nothing from another one */
	struct prior *prior; /* NULL: full backups */
};

/* Backs up the list into the tree.  Returns a status. */
static int
fill(const struct create *o, struct each *e, struct capture *captures,
    const struct trees *t)
{
	uint64_t done;
	unsigned int i;
	int rc;

	for (i = 0; i < o->jobs; i++) {
		captures[i].tree = t->tree;
		captures[i].id = o->id;
		captures[i].prior = t->prior;
		captures[i].share = t->share;
		captures[i].env = each_env(e);
		captures[i].worker = i;
	}
	rc = each_run(e, &done);
	/* Whole, but for repositories that the results name. */
	if ((rc == PROG_DONE || rc == PROG_PARTIAL) && done > 0 &&
	    ((t->share != NULL && share_markers(t->share) == -1) ||
		tree_finish(t->tree) == -1))
		rc = PROG_FAILED;
	for (i = 0; i < o->jobs; i++)
		run_owner_free(&captures[i].owner);
	return rc;
}

/* Opens all trees.  Returns 0, or -1 after a warning. */
static int
open_trees(const struct create *o, struct trees *t)
{
	const char *from = o->base != NULL ? o->base : o->tree;

	/* First of all, as it makes nothing if the base is none. */
	if (o->base != NULL) {
		t->share = share_open(o->base, o->tree, o->id);
		if (t->share == NULL)
			return -1;
	}
	t->tree = tree_open(o->tree, o->id);
	if (t->tree == NULL)
		return -1;
	if (!o->incremental && o->base == NULL)
		return 0;
	t->prior = prior_open(from, o->full_every);
	return t->prior == NULL ? -1 : 0;
}

int
create_run(const struct create *o)
{
	struct capture *captures = xcalloc(o->jobs, sizeof(*captures));
	struct each_spec spec = {
	    .jobs = o->jobs,
	    .jobs_per_storage = o->jobs_per_storage,
	    .storages = o->storages,
	    .where = o->where,
	    .full = o->tree,
	    .work = work,
	    .arg = captures,
	};
	struct trees t = {NULL, NULL, NULL};
	int rc = PROG_FAILED;
	struct each *e;

	child_forward_signals();
	e = each_new(&spec);
	if (e != NULL && open_trees(o, &t) == 0)
		rc = fill(o, e, captures, &t);
	prior_close(t.prior);
	tree_close(t.tree);
	share_close(t.share);
	each_free(e);
	free(captures);
	return rc;
}
