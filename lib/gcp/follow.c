/* Operations that were started before: what has become of them. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/prog.h"
#include "gcp/follow.h"
#include "gcp/outcome.h"
#include "gcp/pace.h"
#include "gcp/watch.h"
#include "proc/run.h"

static const char *
known(const char *s)
{
	return s != NULL && *s != '\0' ? s : NULL;
}

/* The line; verb and kind are told by where a backup's objects lie. */
static void
report(const struct operation *op, const char *error)
{
	const struct spec *spec = &op->spec;
	struct outcome o;
	char *kind = NULL;

	memset(&o, 0, sizeof(o));
	if (spec->from.bucket != NULL) {
		o.from = &spec->from;
		o.to = &spec->to;
		if (location_kind(spec->to.path, &kind))
			o.verb = "backup";
		else if (location_kind(spec->from.path, &kind))
			o.verb = "restore";
	}
	o.kind = kind;
	o.project = known(op->project);
	o.job = known(op->job);
	o.op = op;
	o.error = error;
	outcome_print(&o);
	free(kind);
}

static int
judge(const struct operation *op)
{
	char *why = operation_wrong(op);
	int rc = why == NULL ? PROG_DONE : PROG_FAILED;

	report(op, why);
	if (why != NULL)
		warnx("%s: %s", op->name, why);
	free(why);
	return rc;
}

static enum watch_end
look(struct watch *w, struct operation *op, bool wait)
{
	enum watch_end end = watch_look(w, op);

	if (end == WATCH_GOES_ON && wait)
		return watch_wait(w, op);
	if (end == WATCH_SIGNAL)
		watch_leave(w, op, end);
	return end;
}

static int
follow(struct api *a, const char *name, bool wait, int64_t until)
{
	struct operation op;
	struct watch w;
	enum watch_end end;
	int rc = PROG_FAILED;

	memset(&w, 0, sizeof(w));
	memset(&op, 0, sizeof(op));
	w.api = a;
	w.label = "status";
	w.until = until;
	w.patient = !wait;
	op.name = xstrdup(name);
	end = look(&w, &op, wait);
	if (end == WATCH_DONE) {
		rc = judge(&op);
	} else if (end == WATCH_GONE || op.status == NULL) {
		if (end == WATCH_GOES_ON)
			warnx("%s: cannot be seen for now: %s", name, w.why);
		report(&op, "cannot be seen");
	} else if (end == WATCH_LIMIT) {
		report(&op, "not done within the time limit");
	} else {
		report(&op, NULL);
		rc = PROG_PARTIAL;
	}
	watch_free(&w);
	operation_free(&op);
	return rc;
}

int
follow_run(struct api *a, char *const *operations, bool wait, int64_t limit)
{
	int64_t until = limit > 0 ? pace_now() + 1000 * limit : -1;
	int rc = PROG_DONE;

	for (; *operations != NULL && run_signal() == 0; operations++)
		rc = prog_worse(rc, follow(a, *operations, wait, until));
	return rc;
}
