/* libyaml's events turned into json-c values. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/io.h"
#include "base/prog.h"
#include "base/text.h"
#include "site/yamldoc.h"
#include "site/yamlmap.h"

static const char erb[] = "ERB (<%) is not supported: write the value itself";

struct builder {
	yaml_parser_t parser;
	const char *name;
	bool lines;
	size_t values; /* how many there are so far, merged ones too */
	/*
	 * What anchors stand for, and how deep that nests: a chain of aliases
	 * must not become deeper than what is freed recursively may be.
	 */
	struct json_object *anchors, *heights;
};

struct node {
	struct json_object *value;
	int height; /* 0 for a scalar */
};

static int build(struct builder *b, yaml_event_t *e, int depth, struct node *n);

static int
fail(const struct builder *b, const yaml_event_t *e, const char *problem)
{
	warnx("%s: line %zu: %s", b->name, e->start_mark.line + 1, problem);
	return -1;
}

/* Says what libyaml's parser has found wrong. */
static void
explain(const struct builder *b)
{
	const yaml_parser_t *p = &b->parser;
	const yaml_char_t *c = b->parser.input.string.start;
	size_t line = p->problem_mark.line + 1, i;
	char *problem;

	if (p->error == YAML_MEMORY_ERROR)
		errx(PROG_FAILED, "memory: %s", b->name);
	/* The reader counts bytes, not lines. */
	if (p->error == YAML_READER_ERROR)
		for (line = 1, i = 0;
		     i < p->problem_offset && c + i < p->input.string.end; i++)
			line += c[i] == '\n';
	problem = text_line(p->problem != NULL ? p->problem : "bad YAML");
	warnx("%s: line %zu: %s", b->name, line, problem);
	free(problem);
}

static int
next(struct builder *b, yaml_event_t *e)
{
	if (yaml_parser_parse(&b->parser, e))
		return 0;
	explain(b);
	return -1;
}

static int
count(struct builder *b, const yaml_event_t *e, size_t n)
{
	b->values += n;
	if (b->values <= YAMLDOC_VALUES)
		return 0;
	return fail(b, e, "more than a million values");
}

/* Makes a value known by its anchor, if it has one. */
static void
remember(struct builder *b, const yaml_char_t *anchor, const struct node *n)
{
	const char *name = (const char *)anchor;

	if (name == NULL)
		return;
	json_object_object_add(b->anchors, name, json_object_get(n->value));
	json_object_object_add(
	    b->heights, name, json_object_new_int(n->height));
}

static int
alias(struct builder *b, const yaml_event_t *e, int depth, struct node *n)
{
	const char *name = (const char *)e->data.alias.anchor;
	struct json_object *height;

	if (!json_object_object_get_ex(b->heights, name, &height))
		return fail(b, e, "alias of something that is not defined yet");
	n->height = json_object_get_int(height);
	if (depth + n->height > YAMLDOC_DEPTH)
		return fail(b, e, "nested too deeply");
	json_object_object_get_ex(b->anchors, name, &n->value);
	json_object_get(n->value);
	return 0;
}

/* The last part of one of YAML's own tags; "" if there is none, else NULL. */
static const char *
own_tag(const yaml_char_t *tag)
{
	static const char prefix[] = "tag:yaml.org,2002:";
	const char *s = (const char *)tag;

	if (s == NULL)
		return "";
	if (strcmp(s, "!") == 0)
		return "str";
	return text_starts(s, prefix) ? s + strlen(prefix) : NULL;
}

static int
scalar(struct builder *b, const yaml_event_t *e, struct node *n)
{
	static const char *const resolved[] = {
	    "null", "bool", "int", "float", NULL};
	const char *s = (const char *)e->data.scalar.value;
	const char *tag = own_tag(e->data.scalar.tag);
	size_t len = e->data.scalar.length, i;
	bool plain;

	n->height = 0;
	if (memmem(s, len, "<%", 2) != NULL)
		return fail(b, e, erb);
	plain = tag != NULL && *tag == '\0' &&
	    e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	for (i = 0; tag != NULL && resolved[i] != NULL; i++)
		plain = plain || strcmp(tag, resolved[i]) == 0;
	if (!plain &&
	    (tag == NULL || (*tag != '\0' && strcmp(tag, "str") != 0)))
		return fail(b, e, "this tag is not supported");
	n->value = plain ? yamldoc_scalar(s, len)
			 : json_object_new_string_len(s, (int)len);
	return 0;
}

/* Adds the keys of one mapping that the merge key at e names. */
static int
merge_one(struct builder *b, const yaml_event_t *e, struct json_object *map,
    struct json_object *from)
{
	const struct lh_entry *i;

	if (!json_object_is_type(from, json_type_object))
		return fail(b, e, "<<: must be a mapping or a list of them");
	if (count(b, e, (size_t)json_object_object_length(from)) == -1)
		return -1;
	for (i = yamlmap_first(from); i != NULL; i = lh_entry_next(i))
		yamlmap_copy(map, from, i);
	return 0;
}

/* Adds what the merge key at e brings; of a list the first ones win. */
static int
merge(struct builder *b, const yaml_event_t *e, struct json_object *map,
    struct json_object *from)
{
	size_t i;

	if (!json_object_is_type(from, json_type_array))
		return merge_one(b, e, map, from);
	for (i = json_object_array_length(from); i-- > 0;)
		if (merge_one(b, e, map, json_object_array_get_idx(from, i)) ==
		    -1)
			return -1;
	return 0;
}

/* One key, at event e, and its value. */
static int
pair(struct builder *b, yaml_event_t *e, int depth, struct node *map)
{
	const char *key = (const char *)e->data.scalar.value;
	struct node v = {NULL, 0};
	yaml_event_t ve;
	int rc = 0;

	if (e->type != YAML_SCALAR_EVENT)
		return fail(b, e, "a key must be a word");
	if (strlen(key) != e->data.scalar.length)
		return fail(b, e, "a key must not contain NUL");
	if (strstr(key, "<%") != NULL)
		return fail(b, e, erb);
	if (next(b, &ve) == -1 || build(b, &ve, depth + 1, &v) == -1)
		return -1;
	if (strcmp(key, "<<") == 0 && e->data.scalar.tag == NULL) {
		rc = merge(b, e, map->value, v.value);
		json_object_put(v.value);
	} else {
		yamlmap_set(
		    map->value, key, v.value, (int)e->start_mark.line + 1);
	}
	if (v.height >= map->height)
		map->height = v.height + 1;
	return rc;
}

/* The rest of a collection, whose empty value is in *n. */
static int
collection(struct builder *b, yaml_event_type_t end, int depth, struct node *n)
{
	struct node item;
	yaml_event_t e;
	int rc;

	for (;;) {
		if (next(b, &e) == -1)
			return -1;
		if (e.type == end) {
			yaml_event_delete(&e);
			return 0;
		}
		if (end == YAML_MAPPING_END_EVENT) {
			rc = pair(b, &e, depth, n);
			yaml_event_delete(&e);
		} else {
			rc = build(b, &e, depth + 1, &item);
			if (rc == 0)
				json_object_array_add(n->value, item.value);
			if (rc == 0 && item.height >= n->height)
				n->height = item.height + 1;
		}
		if (rc == -1)
			return -1;
	}
}

/* A mapping or a sequence that starts at e. */
static int
container(struct builder *b, yaml_event_t *e, int depth, struct node *n)
{
	bool map = e->type == YAML_MAPPING_START_EVENT;
	const char *tag = own_tag(
	    map ? e->data.mapping_start.tag : e->data.sequence_start.tag);

	if (depth >= YAMLDOC_DEPTH)
		return fail(b, e, "nested too deeply");
	if (tag == NULL ||
	    (*tag != '\0' && strcmp(tag, map ? "map" : "seq") != 0))
		return fail(b, e, "this tag is not supported");
	n->value = map ? yamlmap_new(b->lines) : json_object_new_array();
	n->height = 1;
	return collection(b,
	    map ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT, depth, n);
}

/*
 * Builds the value that starts at event e, which it deletes.  Returns 0, or
 * -1 after a warning, *n then being empty.
 */
static int
build(struct builder *b, yaml_event_t *e, int depth, struct node *n)
{
	const yaml_char_t *anchor = NULL;
	int rc;

	n->value = NULL;
	rc = count(b, e, 1);
	if (rc == -1)
		goto out;
	switch (e->type) {
	case YAML_ALIAS_EVENT:
		rc = alias(b, e, depth, n);
		break;
	case YAML_SCALAR_EVENT:
		anchor = e->data.scalar.anchor;
		rc = scalar(b, e, n);
		break;
	case YAML_SEQUENCE_START_EVENT:
		anchor = e->data.sequence_start.anchor;
		rc = container(b, e, depth, n);
		break;
	case YAML_MAPPING_START_EVENT:
		anchor = e->data.mapping_start.anchor;
		rc = container(b, e, depth, n);
		break;
	default:
		rc = fail(b, e, "bad YAML");
	}
	if (rc == 0) {
		remember(b, anchor, n);
	} else {
		json_object_put(n->value);
		n->value = NULL;
	}
out:
	yaml_event_delete(e);
	return rc;
}

/*
 * Looks for ERB outside comments before the parser trips over it.  A "#" in a
 * quoted string is taken for a comment here; scalar() looks again.
 */
static int
find_erb(const char *name, const char *text, size_t n)
{
	size_t line = 1, i;
	bool comment = false;

	for (i = 0; i < n; i++) {
		if (text[i] == '\n') {
			line++;
			comment = false;
		} else if (text[i] == '#') {
			comment = comment || i == 0 ||
			    strchr(" \t\n\r", text[i - 1]) != NULL;
		} else if (!comment && text[i] == '<' && i + 1 < n &&
		    text[i + 1] == '%') {
			warnx("%s: line %zu: %s", name, line, erb);
			return -1;
		}
	}
	return 0;
}

/* The first document of the stream. */
static int
first(struct builder *b, struct json_object **doc)
{
	yaml_event_type_t type;
	struct node n = {NULL, 0};
	yaml_event_t e;
	int i;

	/* The stream's start, then the document's start or the end. */
	do {
		if (next(b, &e) == -1)
			return -1;
		type = e.type;
		yaml_event_delete(&e);
		if (type == YAML_STREAM_END_EVENT)
			return 0;
	} while (type != YAML_DOCUMENT_START_EVENT);
	if (next(b, &e) == -1 || build(b, &e, 0, &n) == -1)
		return -1;
	/* The end, and what follows it: garbage shows only when asked for. */
	for (i = 0; i < 2; i++) {
		if (next(b, &e) == -1) {
			json_object_put(n.value);
			return -1;
		}
		yaml_event_delete(&e);
	}
	*doc = n.value;
	return 0;
}

int
yamldoc_parse(const char *name, const char *text, size_t n, bool lines,
    struct json_object **doc)
{
	struct builder b;
	int rc;

	*doc = NULL;
	if (find_erb(name, text, n) == -1)
		return -1;
	memset(&b, 0, sizeof(b));
	if (!yaml_parser_initialize(&b.parser))
		errx(PROG_FAILED, "memory: %s", name);
	yaml_parser_set_input_string(&b.parser, (const unsigned char *)text, n);
	b.name = name;
	b.lines = lines;
	b.anchors = json_object_new_object();
	b.heights = json_object_new_object();
	rc = first(&b, doc);
	json_object_put(b.heights);
	json_object_put(b.anchors);
	yaml_parser_delete(&b.parser);
	return rc;
}

int
yamldoc_read(const char *file, struct json_object **doc)
{
	struct buf b = {NULL, 0, 0};
	char *name = text_line(file);
	int rc;

	*doc = NULL;
	rc = io_read_file(AT_FDCWD, file, &b, YAMLDOC_SIZE);
	if (rc == -1 && errno == EFBIG)
		warnx("%s: larger than 8 MiB", name);
	else if (rc == -1)
		warn("%s", name);
	else
		rc = yamldoc_parse(name, buf_str(&b), b.len, true, doc);
	buf_free(&b);
	free(name);
	return rc;
}
