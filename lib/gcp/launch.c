/* Getting an operation that copies what is to be copied: one, and no second. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "gcp/calls.h"
#include "gcp/found.h"
#include "gcp/job.h"
#include "gcp/launch.h"
#include "gcp/pace.h"
#include "gcp/ready.h"
#include "gcp/spec.h"

#define LOOKS 5 /* for an operation of which we have no answer, over 15 s */

static const char *
label(const struct launch *l)
{
	return l->t->key.kind;
}

bool
launch_is_ours(const struct launch *l, const struct operation *op)
{
	return spec_copies(&op->spec, &l->t->from, &l->t->to);
}

/* Pauses for the i-th time, from 0 on.  0, or -1 after a signal. */
static int
pause_for(int i)
{
	return pace_wait(pace_jitter(1000 * (i + 1)));
}

/*
 * The newest operation of the job, or "": of the list, which is fresher, where
 * we may see it.  NULL after a signal.  The caller frees it.
 */
static char *
newest(struct launch *l)
{
	const char *project = l->t->key.project;
	struct api_answer ans;
	struct job j = {false, NULL};
	char *name = NULL;

	if (!l->no_list) {
		if (calls_list_newest(l->api, project, l->job, &ans) == 0) {
			name = job_newest(ans.body);
			l->no_list = calls_says(&ans, "PERMISSION_DENIED");
		}
		api_answer_free(&ans);
		if (name == NULL || *name != '\0')
			return name;
		free(name);
	}
	if (calls_get_job(l->api, project, l->job, &ans) == 0)
		job_read(ans.body, &j);
	api_answer_free(&ans);
	return j.latest;
}

/*
 * After an answer that is lost, or says that the job is busy: what runs?
 * LAUNCH_AGAIN: nothing, after several looks, for what the service knows of a
 * job can lag.
 */
static enum launch_end
look(struct launch *l, struct operation *op)
{
	enum launch_end end = LAUNCH_AGAIN;
	char *name;
	int i;

	for (i = 0; i < LOOKS && end == LAUNCH_AGAIN; i++) {
		if (pause_for(i) == -1)
			return LAUNCH_SIGNAL;
		name = newest(l);
		end = name != NULL ? found_examine(l, name, op) : LAUNCH_SIGNAL;
		free(name);
	}
	return end;
}

static bool
busy(const struct api_answer *ans)
{
	return calls_says(ans, "FAILED_PRECONDITION") ||
	    calls_says(ans, "ABORTED") || calls_says(ans, "ALREADY_EXISTS");
}

/*
 * Our run has been answered.  Between our patch and our run another run may
 * have patched the job: the operation itself tells what it copies.
 */
static enum launch_end
started(const struct launch *l, struct operation *op)
{
	char *from = location_url(&l->t->from), *to = location_url(&l->t->to);
	struct api_answer ans;
	struct operation seen;
	enum launch_end end = LAUNCH_OURS;

	warnx("%s: %s is started: %s to %s", label(l), op->name, from, to);
	free(from);
	free(to);
	if (!op->spec.said) {
		memset(&seen, 0, sizeof(seen));
		if (calls_get_operation(
			l->api, op->name, API_IDEMPOTENT, &ans) == 0 &&
		    operation_read(ans.body, &seen) == 0 &&
		    strcmp(seen.name, op->name) == 0) {
			operation_free(op);
			*op = seen;
		} else
			operation_free(&seen);
		api_answer_free(&ans);
	}
	if (op->spec.said && !launch_is_ours(l, op)) {
		found_say(l, op);
		end = LAUNCH_OTHER;
	}
	return end;
}

static enum launch_end
run(struct launch *l, struct operation *op)
{
	enum launch_end end;
	struct api_answer ans;

	if (calls_run_job(l->api, l->t->key.project, l->job, &ans) == -1) {
		end = LAUNCH_SIGNAL;
	} else if (*ans.status == '\0' && operation_read(ans.body, op) == 0) {
		end = started(l, op);
	} else if (*ans.status == '\0' || busy(&ans) ||
	    (ans.arrived && calls_may_pass(&ans))) {
		l->lost = l->lost || !busy(&ans);
		end = look(l, op);
		if (end == LAUNCH_AGAIN)
			calls_warn(label(l), "run", l->job, &ans);
		if (end == LAUNCH_AGAIN && busy(&ans) && l->t->fail_if_busy)
			end = LAUNCH_FAILED;
	} else {
		calls_warn(label(l), "run", l->job, &ans);
		end = LAUNCH_FAILED;
	}
	if (end == LAUNCH_SIGNAL)
		l->lost = true;
	api_answer_free(&ans);
	return end;
}

enum launch_end
launch_try(struct launch *l, struct operation *op)
{
	enum launch_end end;

	operation_free(op);
	end = ready_job(l, op);
	if (end == LAUNCH_OURS && op->name == NULL)
		end = run(l, op);
	/* Also in a later round: what was started before may run. */
	if (l->lost && (end == LAUNCH_SIGNAL || end == LAUNCH_FAILED))
		warnx("%s: %s while %s was being started; whether it runs: "
		      "gcloud transfer operations list --job-names=%s",
		    label(l), end == LAUNCH_SIGNAL ? "interrupted" : "failed",
		    l->job, l->job);
	if (end == LAUNCH_OURS || end == LAUNCH_OTHER)
		l->lost = false;
	return end;
}

void
launch_free(struct launch *l)
{
	free(l->job);
	free(l->before);
	l->job = NULL;
	l->before = NULL;
}
