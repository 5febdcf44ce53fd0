/* After a restore of repositories: GitLab makes its object pools again. */
/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/prog.h"
#include "console.h"
#include "git/object_pools.h"
#include "restore.h"
#include "store/report.h"

/* How many pools became what. */
struct counts {
	unsigned long long scheduled, skipped, failed;
};

bool
plan_pools(const struct restore *r, struct plan *p)
{
	struct plan_stage *s;
	struct plan_job *j;

	if (!list_has(&r->tasks, "repositories") ||
	    !object_pools_there(r->site))
		return false;
	j = plan_job(p, "pools", "");
	j->out = xasprintf("%s/pools.ndjson", r->work);
	s = plan_stage(j, "glb-repos");
	plan_arg(s, "reset-pools");
	args_site(s, r->site);
	return true;
}

static void
count(json_object *o, void *arg)
{
	const char *status = js_string(o, "status");
	struct counts *c = arg;

	if (strcmp(status, "scheduled") == 0) {
		c->scheduled++;
	} else if (strcmp(status, "skipped") == 0) {
		c->skipped++;
	} else {
		c->failed++;
		console_warning("Object pool %s could not be reset: %s",
		    js_string(o, "disk_path"), js_string(o, "error"));
	}
}

/* Tells what the job has told, as far as it came. */
static void
tell(const struct plan_job *j)
{
	struct counts c = {0, 0, 0};

	if (report_each_result(j->out, count, &c) == -1)
		return;
	console_info("Object pools: %llu scheduled, %llu skipped, %llu failed",
	    c.scheduled, c.skipped, c.failed);
}

int
restore_pools(struct restore *r)
{
	struct plan p = {NULL, 0, false};
	int rc = PROG_DONE;

	if (!list_has(&r->tasks, "repositories"))
		return PROG_DONE;
	if (!plan_pools(r, &p)) {
		console_info("Object pools are left to GitLab: there is no "
			     "gitlab-rake that could reset them");
		return PROG_DONE;
	}
	console_info("Reinitializing object pools...");
	rc = plan_run(&p, 1, console_event, &p);
	tell(p.jobs[0]);
	/* The restore stays: nothing here can make it a failure. */
	if (rc != PROG_DONE && rc != PROG_PARTIAL)
		console_warning("Not all object pools are reset (%s): run "
				"gitlab-rake " OBJECT_POOLS_TASK,
		    p.jobs[0]->cause != NULL ? p.jobs[0]->cause
					     : "interrupted");
	plan_free(&p);
	return rc == PROG_DONE ? PROG_DONE : PROG_PARTIAL;
}
