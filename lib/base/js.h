/* What every user of json-c needs: reading, adding and printing members. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_JS_H
#define GLB_JS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <json-c/json.h>

#include "base/buf.h"

/* The member key as a string, which o owns; "" if it has none. */
const char *js_string(json_object *o, const char *key);

/* The member key as a number; 0 if it has none. */
uint64_t js_number(json_object *o, const char *key);

/* The member key if it is an array; NULL if there is none. */
json_object *js_array(json_object *o, const char *key);

/* Adds s as one line of valid UTF-8 (text_fold()); NULL becomes null. */
void js_put_text(json_object *o, const char *key, const char *s);

/* Adds a number, or a truth value. */
void js_put_number(json_object *o, const char *key, uint64_t n);
void js_put_bool(json_object *o, const char *key, int b);

/* Adds the strings of l, as they are: names of files are to come out so. */
void js_put_list(json_object *o, const char *key, const struct list *l);

/*
 * Reads the file path, at most max bytes, which must be one JSON object.
 * Returns it, or NULL: with errno ENOENT, silently, if there is no such
 * file, else after a warning with the errno of what failed, EINVAL for a file
 * that is no such object.
 */
json_object *js_read_file(const char *path, size_t max);

/* Appends o on one line, without a newline. */
void js_line(struct buf *out, json_object *o);

/* Writes o on one line with a newline to f. */
void js_print(FILE *f, json_object *o);

#endif
