/* What a restore has copied, compared with what the backup had. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/prog.h"
#include "gcp/calls.h"
#include "gcp/compare.h"

/* The backup's operation as the service knows it. */
static int
learn_from(const struct transfer *t, json_object *answer, struct compare *c)
{
	const char *label = t->key.kind, *name = t->backup_operation;
	struct operation op;
	char *why = NULL;
	int rc = PROG_FAILED;

	memset(&op, 0, sizeof(op));
	if (operation_read(answer, &op) == -1)
		warnx("%s: look at %s: the answer is not about an operation",
		    label, name);
	else if (!op.done)
		warnx("%s: %s, which makes the backup, is not done yet "
		      "(status %s)",
		    label, name, op.status);
	else if ((why = operation_wrong(&op)) != NULL)
		warnx("%s: %s, which made the backup, has failed: %s", label,
		    name, why);
	else if (op.spec.to.bucket == NULL ||
	    !location_same(&op.spec.to, &t->from))
		warnx("%s: %s has not made this backup", label, name);
	else {
		c->objects = (int64_t)operation_total(&op).objects;
		c->bytes = (int64_t)operation_total(&op).bytes;
		rc = PROG_DONE;
	}
	free(why);
	operation_free(&op);
	return rc;
}

int
compare_learn(struct api *a, const struct transfer *t, struct compare *c)
{
	struct api_answer ans;
	int rc = PROG_FAILED;

	c->objects = t->expect_objects;
	c->bytes = t->expect_bytes;
	if (t->backup_operation == NULL || c->objects != -1 || c->bytes != -1)
		return PROG_DONE;
	if (calls_get_operation(a, t->backup_operation, API_IDEMPOTENT, &ans) ==
	    -1)
		rc = PROG_FAILED;
	else if (calls_says(&ans, "NOT_FOUND")) {
		warnx("%s: %s, which made the backup, is not known any more: "
		      "what is copied cannot be compared with it",
		    t->key.kind, t->backup_operation);
		rc = PROG_DONE;
	} else if (*ans.status != '\0')
		calls_warn(t->key.kind, "look at", t->backup_operation, &ans);
	else
		rc = learn_from(t, ans.body, c);
	api_answer_free(&ans);
	return rc;
}

int
compare_judge(const struct compare *c, const struct operation *op, char **why)
{
	struct operation_count n = operation_total(op);
	int64_t objects = (int64_t)n.objects, bytes = (int64_t)n.bytes;

	*why = NULL;
	if (c->objects != -1 && objects != c->objects)
		*why = xasprintf("objects: %" PRId64 " found, %" PRId64
				 " in the backup",
		    objects, c->objects);
	else if (c->objects == -1 && objects == 0)
		*why = xstrdup("no objects found to restore");
	else if (c->bytes != -1 && bytes != c->bytes)
		*why = xasprintf("bytes: %" PRId64 " found, %" PRId64
				 " in the backup",
		    bytes, c->bytes);
	if (*why == NULL)
		return PROG_DONE;
	/* Something was put there since; what the backup had may be whole. */
	if (c->objects != -1 && objects > c->objects &&
	    (c->bytes == -1 || bytes >= c->bytes))
		return PROG_PARTIAL;
	return PROG_FAILED;
}
