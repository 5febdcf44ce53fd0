/* What became of a repository, as a line of JSON. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_RESULT_H
#define GLB_RESULT_H

#include "git/capture.h"

/*
 * Appends a line: {"storage_name":..,"relative_path":..,"status":..,
 * "refs":N,"bytes":N}, "steps" if they are more than one, and "error" if it
 * failed.  The names are UTF-8.
 */
void result_write(struct buf *out, const char *storage_name,
    const char *relative_path, const struct capture_result *r);

#endif
