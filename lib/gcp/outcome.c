/* The line that tells a program what became of an operation. */
/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/js.h"
#include "gcp/outcome.h"

static void
put_place(json_object *o, const char *key, const struct location *l)
{
	char *url = l != NULL ? location_url(l) : NULL;

	js_put_text(o, key, url);
	free(url);
}

/* Counts that may still grow are null. */
static void
put_count(
    json_object *o, const char *key, const struct operation *op, uint64_t n)
{
	if (op->done)
		js_put_number(o, key, n);
	else
		js_put_text(o, key, NULL);
}

static void
put_operation(json_object *o, const struct operation *op)
{
	struct operation_count total = operation_total(op);

	js_put_text(o, "operation", op->name);
	js_put_text(o, "status", op->status);
	put_count(o, "objects", op, total.objects);
	put_count(o, "bytes", op, total.bytes);
	js_put_number(o, "objects_copied", op->copied.objects);
	js_put_number(o, "bytes_copied", op->copied.bytes);
	js_put_text(o, "started", op->started);
	js_put_text(o, "ended", op->ended);
}

void
outcome_print(const struct outcome *out)
{
	json_object *o = json_object_new_object();

	js_put_text(o, "verb", out->verb);
	js_put_text(o, "kind", out->kind);
	js_put_text(o, "project", out->project);
	put_place(o, "source", out->from);
	put_place(o, "sink", out->to);
	js_put_text(o, "job", out->job);
	put_operation(o, out->op);
	js_put_text(o, "error", out->error);
	js_print(stdout, o);
	fflush(stdout);
	json_object_put(o);
}
