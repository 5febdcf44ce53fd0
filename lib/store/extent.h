/* How big a backup's archives and dumps are uncompressed, without reading. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_EXTENT_H
#define GLB_EXTENT_H

#include <json-c/json.h>

/*
 * An array with an object for each archive and dump in dir, sorted by name:
 * "file", "bytes" as it is, "content_bytes" uncompressed, and
 * "content_bytes_exact": true if that is what the report (or NULL) tells of a
 * file of this very size; else it is no more than a lower bound, of gzip's
 * trailer and the file's own size.  What cannot be read is told of by its
 * size, or not at all; silent.  The caller puts it back to json-c.
 */
json_object *extent_list(const char *dir, json_object *report);

#endif
