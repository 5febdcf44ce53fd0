/* Reads TOML, the language of the manifests. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_TOML_H
#define GLB_TOML_H

#include <stddef.h>

#include <json-c/json.h>

#include "base/buf.h"

/*
 * Reads the n bytes at text, a whole document.  Tables become objects,
 * arrays arrays, strings (which may hold a NUL) and truth values what they
 * are; numbers and dates, which no manifest has, become null.
 *
 * Returns the document, to be put back to json-c, or NULL with the reason,
 * "line 3: no value", appended to *why.  Silent.
 */
json_object *toml_read(const char *text, size_t n, struct buf *why);

#endif
