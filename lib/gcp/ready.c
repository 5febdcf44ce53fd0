/* A job that is ready to be run: found by its name or created, and set. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "gcp/calls.h"
#include "gcp/found.h"
#include "gcp/job.h"
#include "gcp/pace.h"
#include "gcp/ready.h"

#define NAMES_MAX 100 /* deleted jobs of one name that are stepped over */
/*
 * Times that a job may change below our hands, or that its creation may fail
 * for now: with the pauses between them that is four minutes.
 */
#define ROUNDS_MAX 8

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
		    l->t->key.kind, old, l->job);
	free(old);
	set(&l->before, "");
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
		calls_warn(l->t->key.kind, "create", l->job, &ans);
		end = LAUNCH_FAILED;
	} else if (calls_may_pass(&ans) &&
	    pace_wait(calls_pause(&ans, 1000 << round)) == -1)
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
		calls_warn(l->t->key.kind, "update", l->job, &ans);
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
		calls_warn(l->t->key.kind, "look at", l->job, &ans);
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
			    l->t->key.kind, l->job);
			return LAUNCH_FAILED;
		}
		next_name(l);
	}
	return end;
}

enum launch_end
ready_job(struct launch *l, struct operation *op)
{
	enum launch_end end = LAUNCH_AGAIN;
	struct job j;
	int round;

	if (l->job == NULL)
		next_name(l);
	for (round = 0; end == LAUNCH_AGAIN && round <= ROUNDS_MAX; round++) {
		end = get_undeleted(l, &j);
		if (end == LAUNCH_AGAIN)
			end = create(l, round);
		else if (end == LAUNCH_OURS) {
			end = found_examine(l, j.latest, op);
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
