/* One kind of objects copied from bucket to bucket, and the result judged. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/prog.h"
#include "gcp/compare.h"
#include "gcp/launch.h"
#include "gcp/outcome.h"
#include "gcp/pace.h"
#include "gcp/transfer.h"
#include "gcp/watch.h"

#define TRIES 6 /* that others may come in between */

/* One transfer on its way. */
struct way {
	struct launch launch;
	struct watch watch;
	struct compare expect;
	struct operation op;
};

int
transfer_place(struct transfer *t, const char *id)
{
	const struct job_key *k = &t->key;

	if (strcmp(k->verb, "backup") == 0) {
		t->from = location_of(k->source.bucket, k->source.path);
		t->to = location_below(&k->sink, id, k->kind);
	} else {
		t->from = location_below(&k->source, id, k->kind);
		t->to = location_of(k->sink.bucket, k->sink.path);
	}
	if (!location_overlap(&t->from, &t->to))
		return 0;
	warnx("%s: --source and --sink overlap, and would be copied into "
	      "themselves",
	    k->kind);
	return -1;
}

void
transfer_free(struct transfer *t)
{
	location_free(&t->key.source);
	location_free(&t->key.sink);
	location_free(&t->from);
	location_free(&t->to);
}

static void
report(const struct way *w, const char *error)
{
	const struct transfer *t = w->launch.t;
	struct outcome o;

	o.verb = t->key.verb;
	o.kind = t->key.kind;
	o.project = t->key.project;
	o.job = w->launch.job;
	o.from = &t->from;
	o.to = &t->to;
	o.op = &w->op;
	o.error = error;
	outcome_print(&o);
}

/* The operation is done, and copied what it should.  Returns a status. */
static int
judge(const struct way *w)
{
	const char *label = w->launch.t->key.kind;
	char *why = operation_wrong(&w->op);
	int rc = PROG_FAILED;

	if (why == NULL && !w->op.spec.said)
		why = xstrdup("the service does not say what was copied");
	if (why == NULL && strcmp(w->launch.t->key.verb, "restore") == 0)
		rc = compare_judge(&w->expect, &w->op, &why);
	else if (why == NULL)
		rc = PROG_DONE;
	report(w, why);
	if (why != NULL)
		warnx("%s: %s: %s", label, w->op.name, why);
	free(why);
	return rc;
}

/* Our operation has not been seen to its end. */
static int
part(const struct way *w, enum watch_end end)
{
	report(w,
	    end == WATCH_SIGNAL	     ? "interrupted before it was done"
		: end == WATCH_LIMIT ? "not done within the time limit"
				     : "cannot be seen any more");
	return PROG_FAILED;
}

/*
 * Waits for the operation that was launched.  Returns a status, or -1: it is
 * another run's and over, so that it is our turn.
 */
static int
wait_ours(struct way *w)
{
	enum watch_end end;

	if (w->launch.t->no_wait && !w->op.done) {
		watch_say_follow(&w->watch, w->op.name);
		report(w, NULL);
		return PROG_DONE;
	}
	w->watch.other = false;
	watch_count(&w->watch, &w->op);
	end = watch_wait(&w->watch, &w->op);
	if (end != WATCH_DONE)
		return part(w, end);
	/* Seen only now, if the service kept it back before. */
	if (w->op.spec.said && !launch_is_ours(&w->launch, &w->op)) {
		warnx("%s: %s has copied what another run wants",
		    w->launch.t->key.kind, w->op.name);
		return -1;
	}
	return judge(w);
}

/* Waits for another run's operation.  Returns as wait_ours() does. */
static int
wait_other(struct way *w)
{
	if (w->launch.t->fail_if_busy)
		return PROG_FAILED;
	warnx(
	    "%s: waiting for the end of %s", w->launch.t->key.kind, w->op.name);
	w->watch.other = true;
	return watch_wait(&w->watch, &w->op) == WATCH_DONE ? -1 : PROG_FAILED;
}

/* Returns a status, or -1 to try again. */
static int
try(struct way *w)
{
	switch (launch_try(&w->launch, &w->op)) {
	case LAUNCH_OURS:
		return wait_ours(w);
	case LAUNCH_OTHER:
		return wait_other(w);
	case LAUNCH_AGAIN:
		return -1;
	case LAUNCH_FAILED:
	case LAUNCH_SIGNAL:
		break;
	}
	return PROG_FAILED;
}

int
transfer_run(struct api *a, const struct transfer *t)
{
	struct way w;
	int rc, i;

	memset(&w, 0, sizeof(w));
	w.launch.api = a;
	w.launch.t = t;
	w.watch.api = a;
	w.watch.label = t->key.kind;
	w.watch.cancel = t->cancel;
	w.watch.until = t->limit > 0 ? pace_now() + 1000 * t->limit : -1;
	rc = compare_learn(a, t, &w.expect);
	if (rc == PROG_DONE)
		rc = -1;
	for (i = 0; rc == -1 && i < TRIES; i++)
		rc = try(&w);
	if (rc == -1) {
		warnx("%s: %s could not be run for us; given up", t->key.kind,
		    w.launch.job);
		rc = PROG_FAILED;
	}
	launch_free(&w.launch);
	watch_free(&w.watch);
	operation_free(&w.op);
	return rc;
}
