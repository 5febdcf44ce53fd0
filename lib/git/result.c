/* What became of a repository, as a line of JSON. */
/* SPDX-License-Identifier: MIT */
#include <err.h>

#include <json-c/json.h>

#include "base/prog.h"
#include "git/result.h"

static const char *const words[] = {
    [CAPTURE_OK] = "ok",
    [CAPTURE_EMPTY] = "empty",
    [CAPTURE_MISSING] = "missing",
    [CAPTURE_UNCHANGED] = "unchanged",
    [CAPTURE_FAILED] = "failed",
};

/* Adds v, which is NULL only if memory is short. */
static void
add(struct json_object *o, const char *key, struct json_object *v)
{
	if (v == NULL || json_object_object_add(o, key, v) != 0)
		errx(PROG_FAILED, "memory: JSON");
}

void
result_write(struct buf *out, const char *storage_name,
    const char *relative_path, const struct capture_result *r)
{
	struct json_object *o = json_object_new_object();

	if (o == NULL)
		errx(PROG_FAILED, "memory: JSON");
	add(o, "storage_name", json_object_new_string(storage_name));
	add(o, "relative_path", json_object_new_string(relative_path));
	add(o, "status", json_object_new_string(words[r->status]));
	add(o, "refs", json_object_new_uint64(r->refs));
	add(o, "bytes", json_object_new_uint64(r->bytes));
	if (r->status != CAPTURE_FAILED && r->steps > 1)
		add(o, "steps", json_object_new_uint64(r->steps));
	if (r->status == CAPTURE_FAILED)
		add(o, "error", json_object_new_string(buf_str(&r->error)));
	buf_puts(out,
	    json_object_to_json_string_ext(
		o, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	buf_putc(out, '\n');
	json_object_put(o);
}
