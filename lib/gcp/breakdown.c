/* Errors that an operation reports, as one line each. */
/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/js.h"
#include "base/text.h"
#include "gcp/breakdown.h"
#include "gcp/member.h"

#define CODES_MAX 5
#define SAID_MAX 200 /* of what one string from outside says */

/* The words of google.rpc.Code. */
static const char *const codes[] = {"OK", "CANCELLED", "UNKNOWN",
    "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
    "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED",
    "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS",
    "UNAUTHENTICATED"};

/* Appends s on one line, and not all of it if it is long. */
static void
say(struct buf *out, const char *s)
{
	struct buf line = {NULL, 0, 0};
	size_t n = 0, len;

	text_fold(&line, s, strnlen(s, 4 * (size_t)SAID_MAX));
	while (n < line.len && n < SAID_MAX) {
		len = text_utf8(line.data + n, line.len - n);
		n += len;
	}
	buf_add(out, buf_str(&line), n);
	if (n < line.len)
		buf_puts(out, "...");
	buf_free(&line);
}

/* Appends a code, which may come as its word or as its number. */
static void
say_code(struct buf *out, json_object *o, const char *key)
{
	const char *s = member_string(o, key);
	uint64_t n;

	if (s != NULL && *s != '\0')
		say(out, s);
	else if (!member_has(o, key) || member_count(o, key, &n) == -1)
		buf_puts(out, "UNKNOWN");
	else if (n < sizeof(codes) / sizeof(codes[0]))
		buf_puts(out, codes[n]);
	else
		buf_printf(out, "%" PRIu64, n);
}

/* Appends the first object that is named for an error, and why. */
static void
say_first(struct buf *out, json_object *summary)
{
	json_object *entry, *details, *first;
	const char *url;

	if (!json_object_is_type(summary, json_type_object))
		return;
	entry = js_array(summary, "errorLogEntries");
	entry = entry != NULL ? json_object_array_get_idx(entry, 0) : NULL;
	if (!json_object_is_type(entry, json_type_object))
		return;
	url = member_string(entry, "url");
	if (url != NULL) {
		buf_puts(out, ", the first ");
		say(out, url);
	}
	details = js_array(entry, "errorDetails");
	first = details != NULL ? json_object_array_get_idx(details, 0) : NULL;
	if (json_object_is_type(first, json_type_string)) {
		buf_puts(out, ": ");
		say(out, json_object_get_string(first));
	}
}

static void
say_summary(struct buf *out, json_object *summary)
{
	uint64_t n;

	say_code(out, summary, "errorCode");
	if (!member_has(summary, "errorCount") ||
	    member_count(summary, "errorCount", &n) == -1)
		buf_puts(out, ": errors");
	else
		buf_printf(out, ": %" PRIu64 " error%s", n, n == 1 ? "" : "s");
	say_first(out, summary);
}

int
breakdown_read(json_object *metadata, char **line)
{
	struct buf b = {NULL, 0, 0};
	json_object *list;
	size_t i, n;

	*line = NULL;
	if (!member_has(metadata, "errorBreakdowns"))
		return 0;
	list = js_array(metadata, "errorBreakdowns");
	if (list == NULL)
		return -1;
	n = json_object_array_length(list);
	for (i = 0; i < n && i < CODES_MAX; i++) {
		if (i > 0)
			buf_puts(&b, "; ");
		say_summary(&b, json_object_array_get_idx(list, i));
	}
	if (n > CODES_MAX)
		buf_printf(&b, "; %zu more codes", n - CODES_MAX);
	*line = n > 0 ? buf_take(&b) : NULL;
	return 0;
}

char *
breakdown_error(json_object *error)
{
	const char *message = member_string(error, "message");
	struct buf b = {NULL, 0, 0};

	say_code(&b, error, "code");
	buf_puts(&b, ": ");
	say(&b, message != NULL ? message : "no reason is given");
	return buf_take(&b);
}
