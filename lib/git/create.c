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

/* Backs up the list into tree.  Returns a status. */
static int
fill(const struct create *o, struct each *e, struct capture *captures,
    struct tree *tree, const struct prior *prior)
{
	uint64_t done;
	unsigned int i;
	int rc;

	for (i = 0; i < o->jobs; i++) {
		captures[i].tree = tree;
		captures[i].id = o->id;
		captures[i].prior = prior;
		captures[i].env = each_env(e);
		captures[i].worker = i;
	}
	rc = each_run(e, &done);
	/* Whole, but for repositories that the results name. */
	if ((rc == PROG_DONE || rc == PROG_PARTIAL) && done > 0 &&
	    tree_finish(tree) == -1)
		rc = PROG_FAILED;
	for (i = 0; i < o->jobs; i++)
		run_owner_free(&captures[i].owner);
	return rc;
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
	struct prior *prior = NULL;
	struct tree *tree = NULL;
	struct each *e;
	int rc = PROG_FAILED;

	child_forward_signals();
	e = each_new(&spec);
	if (e != NULL)
		tree = tree_open(o->tree, o->id);
	if (tree != NULL && o->incremental)
		prior = prior_open(o->tree, o->full_every);
	if (tree != NULL && (prior != NULL || !o->incremental))
		rc = fill(o, e, captures, tree, prior);
	prior_close(prior);
	tree_close(tree);
	each_free(e);
	free(captures);
	return rc;
}
