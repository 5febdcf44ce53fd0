/* Reads the list of repositories: a stream of JSON objects. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <json-c/json.h>

#include "base/alloc.h"
#include "base/io.h"
#include "base/prog.h"
#include "git/input.h"
#include "git/names.h"

#define DEPTH_MAX 8 /* of what an unknown key may hold */

struct input {
	int fd;
	struct json_tokener *tok;
	struct json_object *last; /* owns what the last answer points at */
	size_t line; /* of the next byte, from 1 */
	size_t used; /* bytes that the object at hand has taken */
	size_t at, end; /* the bytes of block not yet parsed */
	char block[IO_SIZE];
};

struct input *
input_new(int fd)
{
	struct input *in = xcalloc(1, sizeof(*in));

	in->fd = fd;
	in->line = 1;
	in->tok = json_tokener_new_ex(DEPTH_MAX);
	if (in->tok == NULL)
		errx(PROG_FAILED, "memory: JSON");
	json_tokener_set_flags(in->tok,
	    JSON_TOKENER_STRICT | JSON_TOKENER_ALLOW_TRAILING_CHARS |
		JSON_TOKENER_VALIDATE_UTF8);
	return in;
}

void
input_free(struct input *in)
{
	if (in == NULL)
		return;
	json_tokener_free(in->tok);
	json_object_put(in->last);
	free(in);
}

static int
damaged(const struct input *in, const char *reason)
{
	warnx("standard input: line %zu: %s", in->line, reason);
	return PROG_DAMAGED;
}

/* Takes n bytes of the block as read. */
static void
advance(struct input *in, size_t n)
{
	const char *p = in->block + in->at, *end = p + n;

	while ((p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		in->line++;
		p++;
	}
	in->at += n;
	in->used += n;
}

/* Passes over white space.  Returns 1 if something follows in the block. */
static int
skip_space(struct input *in)
{
	size_t i = in->at;

	while (i < in->end && strchr(" \t\r\n", in->block[i]) != NULL &&
	    in->block[i] != '\0')
		i++;
	advance(in, i - in->at);
	in->used = 0;
	return in->at < in->end;
}

/*
 * Parses what the block holds.  Returns -1 with in->last set for an object,
 * PROG_DONE if it wants more bytes, PROG_DAMAGED after a warning.
 */
static int
parse(struct input *in)
{
	enum json_tokener_error e;
	size_t n = in->end - in->at;

	/* json-c takes an int, and the object must stay within its limit. */
	if (n > INPUT_MAX - in->used)
		n = INPUT_MAX - in->used;
	if (n == 0)
		return damaged(in, "object too long");
	in->last = json_tokener_parse_ex(in->tok, in->block + in->at, (int)n);
	e = json_tokener_get_error(in->tok);
	if (e == json_tokener_continue) {
		advance(in, n);
		return PROG_DONE;
	}
	advance(in, json_tokener_get_parse_end(in->tok));
	if (e != json_tokener_success)
		return damaged(in, json_tokener_error_desc(e));
	if (!json_object_is_type(in->last, json_type_object))
		return damaged(in, "not an object");
	return -1;
}

/* Stores a string of key, if it is one.  Returns -1, or PROG_DAMAGED. */
static int
take_string(struct input *in, const char *kind, struct json_object *v,
    const char **out, struct input_repo *r)
{
	if (v == NULL)
		return -1;
	if (!json_object_is_type(v, json_type_string)) {
		warnx("standard input: line %zu: %s: not a string", in->line,
		    kind);
		return PROG_DAMAGED;
	}
	*out = json_object_get_string(v);
	if (strlen(*out) != (size_t)json_object_get_string_len(v))
		r->nul = kind;
	return -1;
}

/* Stores a truth value.  Returns the same. */
static int
take_bool(struct input *in, const char *kind, struct json_object *v, bool *out)
{
	if (v == NULL)
		return -1;
	if (!json_object_is_type(v, json_type_boolean)) {
		warnx("standard input: line %zu: %s: neither true nor false",
		    in->line, kind);
		return PROG_DAMAGED;
	}
	*out = json_object_get_boolean(v);
	return -1;
}

/* Fills *r from in->last.  Returns -1, or PROG_DAMAGED after a warning. */
static int
take(struct input *in, struct input_repo *r)
{
	int rc = -1;

	memset(r, 0, sizeof(*r));
	r->storage_name = r->relative_path = r->gl_project_path = "";
	json_object_object_foreach(in->last, key, v)
	{
		if (strcasecmp(key, "storage_name") == 0)
			rc = take_string(
			    in, "storage_name", v, &r->storage_name, r);
		else if (strcasecmp(key, "relative_path") == 0)
			rc = take_string(
			    in, "relative_path", v, &r->relative_path, r);
		else if (strcasecmp(key, "gl_project_path") == 0)
			rc = take_string(
			    in, "gl_project_path", v, &r->gl_project_path, r);
		else if (strcasecmp(key, "always_create") == 0)
			rc = take_bool(
			    in, "always_create", v, &r->always_create);
		if (rc != -1)
			break;
	}
	return rc;
}

int
input_next(struct input *in, struct input_repo *r)
{
	bool inside = false;
	ssize_t n;
	int rc;

	json_object_put(in->last);
	in->last = NULL;
	json_tokener_reset(in->tok);
	for (;;) {
		if (inside ? in->at < in->end : skip_space(in)) {
			rc = parse(in);
			if (rc == -1)
				return take(in, r);
			if (rc != PROG_DONE)
				return rc;
			inside = true;
			continue;
		}
		n = io_read(in->fd, in->block, sizeof(in->block));
		if (n == -1) {
			warn("standard input");
			return PROG_FAILED;
		}
		if (n == 0)
			return inside ? damaged(in, "ends inside an object")
				      : PROG_DONE;
		in->at = 0;
		in->end = (size_t)n;
	}
}

char *
input_bad(const struct input_repo *r)
{
	const char *bad;

	if (r->nul != NULL)
		return xasprintf("%s holds a NUL", r->nul);
	bad = names_bad_storage(r->storage_name);
	if (bad != NULL)
		return xasprintf("storage_name %s", bad);
	bad = names_bad_path(r->relative_path);
	if (bad != NULL)
		return xasprintf("relative_path %s", bad);
	return NULL;
}
