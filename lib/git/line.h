/* The list of repositories: one JSON object a line, as gitaly-backup reads. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_LINE_H
#define GLB_LINE_H

#include "base/buf.h"
#include "db/rows.h"

/*
 * Appends r as one line with its line end: keys in the order of the struct,
 * no spaces, escaped as GitLab's own JSON encoder does it.  Returns 0, or -1
 * with *out unchanged if a name is not UTF-8, so that it has no JSON (silent).
 */
int line_write(struct buf *out, const struct rows_repository *r);

#endif
