/* Transfer operations: what the service says of one, and whether it is well. */
/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"
#include "gcp/breakdown.h"
#include "gcp/member.h"
#include "gcp/operation.h"

#define PREFIX "transferOperations/"
#define NAME_LENGTH 1024
#define WORD_LENGTH 60 /* of a status or a time that someone made up */

bool
operation_is_name(const char *s)
{
	const char *p;

	if (!text_starts(s, PREFIX) || s[strlen(PREFIX)] == '\0' ||
	    strlen(s) > NAME_LENGTH)
		return false;
	for (p = s; *p != '\0'; p++)
		if (*p <= ' ' || *p > '~')
			return false;
	return true;
}

/* Takes note of the first thing that is not as it must be. */
static void
odd(struct operation *op, const char *key)
{
	if (op->odd == NULL)
		op->odd = xasprintf("%s in the answer is not understood", key);
}

/* A string that must be one if it is there; NULL if there is none. */
static const char *
string(struct operation *op, json_object *o, const char *key)
{
	const char *s = member_string(o, key);

	if (s == NULL && member_has(o, key))
		odd(op, key);
	return s;
}

/* One line of max bytes of it, which the caller frees; NULL for NULL. */
static char *
word(const char *s, ptrdiff_t max)
{
	char *line, *p;

	if (s == NULL)
		return NULL;
	line = text_line(s);
	for (p = line; *p != '\0'; p += text_utf8(p, strlen(p)))
		if (p - line >= max) {
			*p = '\0';
			break;
		}
	return line;
}

/* The service may send the status by its number. */
static char *
status(struct operation *op, json_object *metadata)
{
	static const char *const words[] = {"STATUS_UNSPECIFIED", "IN_PROGRESS",
	    "PAUSED", "SUCCESS", "FAILED", "ABORTED", "QUEUED", "SUSPENDING"};
	const char *s = member_string(metadata, "status");
	uint64_t n;

	if (s != NULL && *s != '\0')
		return word(s, WORD_LENGTH);
	if (member_count(metadata, "status", &n) == -1) {
		odd(op, "status");
		n = 0;
	}
	if (n < sizeof(words) / sizeof(words[0]))
		return xstrdup(words[n]);
	return xasprintf("%" PRIu64, n);
}

static void
read_count(struct operation *op, json_object *counters, const char *what,
    struct operation_count *c)
{
	char *objects = xasprintf("objects%s", what);
	char *bytes = xasprintf("bytes%s", what);

	if (member_count(counters, objects, &c->objects) == -1)
		odd(op, objects);
	if (member_count(counters, bytes, &c->bytes) == -1)
		odd(op, bytes);
	free(objects);
	free(bytes);
}

static void
read_counters(struct operation *op, json_object *metadata)
{
	json_object *counters = member_object(metadata, "counters");

	if (counters == NULL && member_has(metadata, "counters"))
		odd(op, "counters");
	read_count(op, counters, "FoundFromSource", &op->found);
	read_count(op, counters, "FromSourceSkippedBySync", &op->skipped);
	read_count(op, counters, "CopiedToSink", &op->copied);
	read_count(op, counters, "FromSourceFailed", &op->failed);
	read_count(op, counters, "FailedToDeleteFromSink", &op->undeleted);
}

static void
read_done(struct operation *op, json_object *answer)
{
	json_object *v;

	if (!json_object_object_get_ex(answer, "done", &v) || v == NULL)
		return;
	if (json_object_is_type(v, json_type_boolean))
		op->done = json_object_get_boolean(v);
	else
		odd(op, "done");
}

static void
read_metadata(struct operation *op, json_object *metadata)
{
	const char *s;

	s = string(op, metadata, "transferJobName");
	op->job = word(s != NULL ? s : "", NAME_LENGTH);
	s = string(op, metadata, "projectId");
	op->project = word(s != NULL ? s : "", NAME_LENGTH);
	op->started = word(string(op, metadata, "startTime"), WORD_LENGTH);
	op->ended = word(string(op, metadata, "endTime"), WORD_LENGTH);
	op->status = status(op, metadata);
	spec_read(member_object(metadata, "transferSpec"), &op->spec);
	read_counters(op, metadata);
	if (breakdown_read(metadata, &op->breakdown) == -1)
		odd(op, "errorBreakdowns");
}

int
operation_read(json_object *answer, struct operation *op)
{
	json_object *metadata = member_object(answer, "metadata");
	const char *name = member_string(answer, "name");
	char *own;

	if (name == NULL || !operation_is_name(name))
		return -1;
	own = xstrdup(name);
	operation_free(op);
	op->name = own;
	if (metadata == NULL && member_has(answer, "metadata"))
		odd(op, "metadata");
	read_metadata(op, metadata);
	read_done(op, answer);
	if (member_has(answer, "error"))
		op->error = breakdown_error(member_object(answer, "error"));
	return 0;
}

/* Adds a reason to the others. */
static void
speak(struct buf *why, char *reason)
{
	if (why->len > 0)
		buf_puts(why, "; ");
	buf_puts(why, reason);
	free(reason);
}

static const char *
objects(uint64_t n)
{
	return n == 1 ? "object" : "objects";
}

static void
speak_counts(struct buf *why, const struct operation *op)
{
	if (op->failed.objects > 0)
		speak(why,
		    xasprintf("%" PRIu64 " %s of the source failed",
			op->failed.objects, objects(op->failed.objects)));
	if (op->undeleted.objects > 0)
		speak(why,
		    xasprintf("%" PRIu64 " %s of the sink could not be "
			      "deleted",
			op->undeleted.objects, objects(op->undeleted.objects)));
	if (op->copied.objects != op->found.objects)
		speak(why,
		    xasprintf("%" PRIu64 " of %" PRIu64 " %s copied",
			op->copied.objects, op->found.objects,
			objects(op->found.objects)));
}

char *
operation_wrong(const struct operation *op)
{
	struct buf why = {NULL, 0, 0};

	if (strcmp(op->status, "SUCCESS") != 0)
		speak(&why, xasprintf("status %s", op->status));
	if (op->error != NULL)
		speak(&why, xstrdup(op->error));
	if (op->breakdown != NULL)
		speak(&why, xstrdup(op->breakdown));
	speak_counts(&why, op);
	if (op->odd != NULL)
		speak(&why, xstrdup(op->odd));
	return why.len > 0 ? buf_take(&why) : NULL;
}

struct operation_count
operation_total(const struct operation *op)
{
	struct operation_count c;

	c.objects = op->found.objects + op->skipped.objects;
	c.bytes = op->found.bytes + op->skipped.bytes;
	return c;
}

void
operation_free(struct operation *op)
{
	free(op->name);
	free(op->job);
	free(op->project);
	free(op->status);
	free(op->started);
	free(op->ended);
	spec_free(&op->spec);
	free(op->error);
	free(op->breakdown);
	free(op->odd);
	memset(op, 0, sizeof(*op));
}
