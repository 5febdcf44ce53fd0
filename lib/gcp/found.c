/* Operations of the job that are there already: which copies what we want? */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "gcp/calls.h"
#include "gcp/found.h"

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
		calls_warn(l->t->key.kind, "look at", name, &ans);
	else if (operation_read(ans.body, op) == -1)
		warnx("%s: look at %s: the answer is not about an operation",
		    l->t->key.kind, name);
	else
		end = LAUNCH_OURS;
	api_answer_free(&ans);
	return end;
}

void
found_say(const struct launch *l, const struct operation *op)
{
	char *a, *b;

	if (op->spec.from.bucket == NULL) {
		warnx(
		    "%s: %s is busy with %s", l->t->key.kind, l->job, op->name);
		return;
	}
	a = location_url(&op->spec.from);
	b = location_url(&op->spec.to);
	warnx("%s: %s is busy: %s copies %s to %s", l->t->key.kind, l->job,
	    op->name, a, b);
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
			    l->t->key.kind, op->name);
		else
			warnx("%s: %s of an earlier run copies the same; it is "
			      "taken over",
			    l->t->key.kind, op->name);
		return LAUNCH_OURS;
	}
	if (op->done)
		return LAUNCH_AGAIN;
	found_say(l, op);
	return LAUNCH_OTHER;
}

enum launch_end
found_examine(struct launch *l, const char *name, struct operation *op)
{
	enum launch_end end;

	if (*name == '\0')
		return LAUNCH_AGAIN;
	end = fetch(l, name, op);
	return end == LAUNCH_OURS ? consider(l, op) : end;
}
