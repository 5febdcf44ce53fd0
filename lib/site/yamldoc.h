/* A YAML file as json-c values, whose mappings know lines (yamlmap.h). */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_YAMLDOC_H
#define GLB_YAMLDOC_H

#include <json-c/json.h>

#include <stdbool.h>
#include <stddef.h>

#define YAMLDOC_SIZE ((size_t)8 << 20) /* a larger file is refused */
#define YAMLDOC_DEPTH 100 /* deeper nesting is refused */
#define YAMLDOC_VALUES 1000000 /* more values are refused */

/*
 * Reads the first document of the n bytes at text the way GitLab's own Ruby
 * (Psych) does: its scalars (yamldoc_scalar()), anchors, aliases, merge keys,
 * the last of duplicate keys.  A merge key counts where it stands, as in
 * Psych: it replaces keys above it and is replaced by keys below it; so with
 * "<<" first, where everybody writes it, local keys win.
 *
 * Values under an anchor are shared, not copied: an alias costs nothing, and
 * nobody may change a value.  ERB, tags other than YAML's own, keys that are
 * no scalars, and aliases of something unfinished are refused.
 *
 * name stands in the messages.  lines: whether yamlmap_line() shall know.
 * Returns 0 with *doc, which is NULL if there is no document or it is null
 * (free with json_object_put()), or -1 after a warning "NAME: line N: ...".
 */
int yamldoc_parse(const char *name, const char *text, size_t n, bool lines,
    struct json_object **doc);

/* The same for a file, with its lines. */
int yamldoc_read(const char *file, struct json_object **doc);

/*
 * The value of a plain (unquoted, untagged) scalar as Psych resolves it: NULL
 * for "", "~" and null; true, yes, on, false, no, off in any case; integers
 * with octal 0600, 0x1f, 0b11, 1_000 and 1,000; floats with a point; all else
 * is a string.  So are dates, sexagesimal numbers and symbols, which have no
 * place in these files, and integers of more than 64 bits.  s[n] must be NUL.
 */
struct json_object *yamldoc_scalar(const char *s, size_t n);

#endif
