/* Settings of a file, checked, with messages that name file, line and key. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_CONF_H
#define GLB_CONF_H

#include <json-c/json.h>

#include <stdbool.h>
#include <stdint.h>

/*
 * One mapping of a file.  Nothing in it is owned; it lives as long as the
 * document and the mapping above it.
 */
struct conf {
	const char *file; /* for messages, on one line */
	struct json_object *map; /* NULL: absent, the same as empty */
	const struct conf *up; /* the mapping that this is in; or NULL */
	const char *key; /* under which key */
	int line; /* of that key; 0: unknown */
};

/*
 * The document root of a file; not a mapping: -1 after a warning.  An empty
 * document is an empty mapping.
 */
int conf_root(struct conf *c, const char *file, struct json_object *doc);

/*
 * The part of a whole file for the environment env.  Returns 0, or -1 after a
 * warning that lists the parts there are.
 */
int conf_section(
    const struct conf *root, const char *env, struct conf *section);

/*
 * The getters below return 0, or -1 after a warning "FILE: line N: KEYS: must
 * be ...".  What is absent or null is no error.
 */

/* The mapping at key; its map is NULL if there is none. */
int conf_sub(const struct conf *up, const char *key, struct conf *sub);

/* A string into fresh memory; NULL if there is none or it is empty. */
int conf_string(const struct conf *c, const char *key, char **s);

/* The same, taking numbers and booleans too, written as Ruby writes them. */
int conf_text(const struct conf *c, const char *key, char **s);

/* An integer, or a string of digits; if there is none *n stays as it is. */
int conf_int(const struct conf *c, const char *key, int64_t min, int64_t max,
    int64_t *n);

/* True or false; if there is none *b stays as it is. */
int conf_bool(const struct conf *c, const char *key, bool *b);

/* The value at key as it is, or NULL. */
struct json_object *conf_value(const struct conf *c, const char *key);

/*
 * Warns "FILE: line N: KEYS: problem" and returns -1; with key NULL, of the
 * file as a whole, "FILE: problem".
 */
int conf_fail(const struct conf *c, const char *key, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
