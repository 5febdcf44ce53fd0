/* The sums of files that a backup shares with another one. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_INHERIT_H
#define GLB_INHERIT_H

#include <sys/stat.h>

#include <stdbool.h>

#include "base/hash.h"

struct inherit;

/*
 * Opens the other backup, in dir, and its SHA256SUMS, without which nothing is
 * inherited.  Returns NULL after a warning if dir cannot be opened.
 */
struct inherit *inherit_open(const char *dir);

/*
 * Is the file called name, with that status, the same there, by its size and
 * its time of change, and has it a sum?  Then *hex gets it.  Names must come in
 * the order of a walk (store/expect.h).
 *
 * The sum is not that of what is read now: if the file, which is the other's,
 * has been damaged since, verifying finds that.
 */
bool inherit_sum(struct inherit *in, const char *name, const struct stat *st,
    char hex[HASH_HEX]);

void inherit_close(struct inherit *in);

#endif
