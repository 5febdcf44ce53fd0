/* Getting an operation that copies what is to be copied: one, and no second. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "gcp/calls.h"
#include "gcp/job.h"
#include "gcp/launch.h"
#include "gcp/pace.h"
#include "gcp/spec.h"

#define NAMES_MAX 100 /* deleted jobs of one name that are stepped over */
#define ROUNDS_MAX 4 /* times that a job may change below our hands */
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

static void
set(char **to, const char *s)
{
	char *copy = xstrdup(s);

	free(*to);
	*to = copy;
}

static void
next_name(struct launch *l)
{
	char *old = l->job;

	l->job = job_name(&l->t->key, ++l->n);
	if (old != NULL && l->t->key.compat)
		warnx("%s: %s was deleted, which keeps its name; trying %s",
		    label(l), old, l->job);
	free(old);
	set(&l->before, "");
}

/* Pauses for the i-th time, from 0 on.  0, or -1 after a signal. */
static int
pause_for(int i)
{
	return pace_wait(pace_jitter(1000 * (i + 1)));
}

/*
 * Reads the operation called name into op.  LAUNCH_OURS: read; LAUNCH_AGAIN:
 * there is none.
 */
static enum launch_end
fetch(const struct launch *l, const char *name, struct operation *op)
{
	enum launch_end end = LAUNCH_FAILED;
	struct api_answer ans;

	if (calls_get_operation(l->api, name, API_IDEMPOTENT, &ans) == -1)
		end = LAUNCH_SIGNAL;
	else if (calls_says(&ans, "NOT_FOUND"))
		end = LAUNCH_AGAIN;
	else if (*ans.status != '\0')
		calls_warn(label(l), "look at", name, &ans);
	else if (operation_read(ans.body, op) == -1)
		warnx("%s: look at %s: the answer is not about an operation",
		    label(l), name);
	else
		end = LAUNCH_OURS;
	api_answer_free(&ans);
	return end;
}

static void
say_other(const struct launch *l, const struct operation *op)
{
	char *a, *b;

	if (op->spec.from.bucket == NULL) {
		warnx("%s: %s is busy with %s", label(l), l->job, op->name);
		return;
	}
	a = location_url(&op->spec.from);
	b = location_url(&op->spec.to);
	warnx("%s: %s is busy: %s copies %s to %s", label(l), l->job, op->name,
	    a, b);
	free(a);
	free(b);
}

/*
 * An operation of the job that is there, started by whomever.  LAUNCH_AGAIN if
 * it is over and not of our start.
 */
static enum launch_end
consider(struct launch *l, const struct operation *op)
{
	bool fresh = strcmp(op->name, l->before) != 0;

	if (launch_is_ours(l, op) && (!op->done || (l->lost && fresh))) {
		if (l->lost && fresh)
			warnx("%s: %s is what was started, though the answer "
			      "was lost",
			    label(l), op->name);
		else
			warnx("%s: %s of an earlier run copies the same; it is "
			      "taken over",
			    label(l), op->name);
		return LAUNCH_OURS;
	}
	if (op->done)
		return LAUNCH_AGAIN;
	say_other(l, op);
	return LAUNCH_OTHER;
}

/* Looks at the operation called name.  LAUNCH_AGAIN: nothing that matters. */
static enum launch_end
examine(struct launch *l, const char *name, struct operation *op)
{
	enum launch_end end;

	if (*name == '\0')
		return LAUNCH_AGAIN;
	end = fetch(l, name, op);
	return end == LAUNCH_OURS ? consider(l, op) : end;
}

/* LAUNCH_OURS: created; LAUNCH_AGAIN: look what is there now. */
static enum launch_end
create(struct launch *l, int round)
{
	enum launch_end end = LAUNCH_AGAIN;
	struct api_answer ans;

	if (calls_create_job(l->api, l->t->key.project, l->job, &l->t->from,
		&l->t->to, &ans) == -1)
		end = LAUNCH_SIGNAL;
	else if (*ans.status == '\0')
		end = LAUNCH_OURS;
	else if (round == ROUNDS_MAX ||
	    (!calls_says(&ans, "ALREADY_EXISTS") && !calls_may_pass(&ans))) {
		calls_warn(label(l), "create", l->job, &ans);
		end = LAUNCH_FAILED;
	} else if (calls_may_pass(&ans) && pause_for(round) == -1)
		end = LAUNCH_SIGNAL;
	api_answer_free(&ans);
	return end;
}

/* The same returns as create(). */
static enum launch_end
patch(struct launch *l, int round)
{
	enum launch_end end = LAUNCH_AGAIN;
	struct api_answer ans;

	if (calls_patch_job(l->api, l->t->key.project, l->job, &l->t->from,
		&l->t->to, &ans) == -1)
		end = LAUNCH_SIGNAL;
	else if (*ans.status == '\0')
		end = LAUNCH_OURS;
	else if (round == ROUNDS_MAX ||
	    (!calls_says(&ans, "NOT_FOUND") &&
		!calls_says(&ans, "FAILED_PRECONDITION"))) {
		calls_warn(label(l), "update", l->job, &ans);
		end = LAUNCH_FAILED;
	}
	api_answer_free(&ans);
	return end;
}

/* LAUNCH_OURS: read into j, to be freed; LAUNCH_AGAIN: there is no such job. */
static enum launch_end
get(const struct launch *l, struct job *j)
{
	enum launch_end end = LAUNCH_FAILED;
	struct api_answer ans;

	if (calls_get_job(l->api, l->t->key.project, l->job, &ans) == -1) {
		end = LAUNCH_SIGNAL;
	} else if (calls_says(&ans, "NOT_FOUND")) {
		end = LAUNCH_AGAIN;
	} else if (*ans.status != '\0') {
		calls_warn(label(l), "look at", l->job, &ans);
	} else {
		job_read(ans.body, j);
		end = LAUNCH_OURS;
	}
	api_answer_free(&ans);
	return end;
}

/* get() of the first name that no deleted job has. */
static enum launch_end
get_undeleted(struct launch *l, struct job *j)
{
	enum launch_end end;

	while ((end = get(l, j)) == LAUNCH_OURS && j->deleted) {
		job_free(j);
		if (l->n == NAMES_MAX) {
			warnx("%s: %s: too many deleted jobs have such names",
			    label(l), l->job);
			return LAUNCH_FAILED;
		}
		next_name(l);
	}
	return end;
}

/*
 * Makes the job ready.  LAUNCH_OURS with op->name NULL: ready to be run, else
 * op is ours.
 */
static enum launch_end
settle(struct launch *l, struct operation *op)
{
	enum launch_end end = LAUNCH_AGAIN;
	struct job j;
	int round;

	for (round = 0; end == LAUNCH_AGAIN && round <= ROUNDS_MAX; round++) {
		end = get_undeleted(l, &j);
		if (end == LAUNCH_AGAIN)
			end = create(l, round);
		else if (end == LAUNCH_OURS) {
			end = examine(l, j.latest, op);
			if (end == LAUNCH_AGAIN) {
				operation_free(op);
				set(&l->before, j.latest);
				end = patch(l, round);
			}
			job_free(&j);
		}
	}
	return end;
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
		end = name != NULL ? examine(l, name, op) : LAUNCH_SIGNAL;
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
		say_other(l, op);
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
	if (l->job == NULL)
		next_name(l);
	end = settle(l, op);
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
