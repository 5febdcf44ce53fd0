/* What a manifest says, as a chain. */
/* SPDX-License-Identifier: MIT */
#include <string.h>

#include <json-c/json.h>

#include "base/alloc.h"
#include "git/chain.h"
#include "git/names.h"
#include "git/toml.h"

static int
fail(struct buf *why, const char *reason)
{
	buf_puts(why, reason);
	return -1;
}

/* The truth value key, false if it is not there.  Returns 0 or -1. */
static int
get_bool(json_object *o, const char *key, bool *b, struct buf *why)
{
	json_object *v;

	*b = false;
	if (!json_object_object_get_ex(o, key, &v))
		return 0;
	if (!json_object_is_type(v, json_type_boolean)) {
		buf_printf(why, "%s is neither true nor false", key);
		return -1;
	}
	*b = json_object_get_boolean(v);
	return 0;
}

/* The string key, NULL if it is not there or "".  Returns 0 or -1. */
static int
get_string(json_object *o, const char *key, char **s, struct buf *why)
{
	const char *text;
	json_object *v;

	if (!json_object_object_get_ex(o, key, &v))
		return 0;
	text = json_object_get_string(v);
	if (!json_object_is_type(v, json_type_string) ||
	    strlen(text) != (size_t)json_object_get_string_len(v)) {
		buf_printf(why, "%s is not a text", key);
		return -1;
	}
	if (*text != '\0')
		*s = xstrdup(text);
	return 0;
}

/* The same for a path. */
static int
get_path(json_object *o, const char *key, char **s, struct buf *why)
{
	const char *bad;

	if (get_string(o, key, s, why) == -1)
		return -1;
	bad = *s != NULL ? names_bad_path(*s) : NULL;
	if (bad == NULL)
		return 0;
	buf_printf(why, "%s %s", key, bad);
	return -1;
}

static int
read_step(json_object *o, struct chain_step *s, struct buf *why)
{
	if (!json_object_is_type(o, json_type_object))
		return fail(why, "steps has something else than steps");
	if (get_path(o, "bundle_path", &s->bundle_path, why) == -1 ||
	    get_path(o, "ref_path", &s->ref_path, why) == -1 ||
	    get_path(o, "previous_ref_path", &s->previous_ref_path, why) ==
		-1 ||
	    get_path(o, "custom_hooks_path", &s->custom_hooks_path, why) == -1)
		return -1;
	return s->ref_path != NULL ? 0 : fail(why, "ref_path is missing");
}

static int
read_steps(json_object *o, struct chain *c, struct buf *why)
{
	json_object *steps = NULL;
	size_t n;

	if (json_object_object_get_ex(o, "steps", &steps)) {
		if (!json_object_is_type(steps, json_type_array))
			return fail(why, "steps is not a list");
		n = json_object_array_length(steps);
		c->steps = xcalloc(n + 1, sizeof(*c->steps));
		for (; c->n_steps < n; c->n_steps++)
			if (read_step(
				json_object_array_get_idx(steps, c->n_steps),
				&c->steps[c->n_steps], why) == -1) {
				buf_printf(why, " (step %zu)", ++c->n_steps);
				return -1;
			}
	}
	if (c->n_steps == 0 && !c->non_existent)
		return fail(why, "it has no steps");
	return 0;
}

int
chain_parse(const char *text, size_t n, struct chain *c, struct buf *why)
{
	json_object *o;
	int rc = -1;

	memset(c, 0, sizeof(*c));
	o = toml_read(text, n, why);
	if (o == NULL)
		return -1;
	if (get_bool(o, "empty", &c->empty, why) == -1 ||
	    get_bool(o, "non_existent", &c->non_existent, why) == -1 ||
	    get_string(o, "object_format", &c->object_format, why) == -1 ||
	    get_string(o, "head_reference", &c->head_reference, why) == -1)
		goto out;
	if (c->object_format == NULL)
		c->object_format = xstrdup("");
	if (strcmp(c->object_format, "sha1") != 0 &&
	    strcmp(c->object_format, "sha256") != 0 &&
	    (!c->non_existent || *c->object_format != '\0'))
		fail(why, "object_format is neither sha1 nor sha256");
	else
		rc = read_steps(o, c, why);
out:
	json_object_put(o);
	return rc;
}
