/* SHA256SUMS: one line a file, as sha256sum(1) writes and checks them. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_SUMS_H
#define GLB_SUMS_H

#include <stdio.h>

#include "base/buf.h"
#include "base/hash.h"

#define SUMS_FILE "SHA256SUMS"

/*
 * Writes "HEX  NAME" and a newline.  A name with a backslash or a newline is
 * escaped and the line starts with a backslash, as sha256sum(1) does.
 */
void sums_write(FILE *f, const char *hex, const char *name);

/*
 * Splits a line (without its newline) in place.  Returns 0 with *hex and
 * *name pointing into it, or -1 if it is not of that form.
 */
int sums_parse(char *line, char **hex, char **name);

/*
 * Looks name up in the file of sums.  Returns 1 with the sum in hex, 0 if it
 * is not there, -1 with errno (ENOENT: no such file of sums) if the file
 * cannot be read.
 */
int sums_find(const char *file, const char *name, char hex[HASH_HEX]);

/*
 * Writes to f a line for every file below dir, sorted by name, but for
 * SHA256SUMS itself and for names at the top that start with a dot, which
 * are temporary.  Not read are files listed in the file known (may be NULL),
 * and those that are the same in the backup base (may be NULL), whose sums are
 * taken over (store/inherit.h).  Returns a status.
 */
int sums_tree(const char *dir, const char *known, const char *base, FILE *f);

#endif
