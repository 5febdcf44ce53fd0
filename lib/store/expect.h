/* SHA256SUMS read beside a walk through the backup, in the same order. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_EXPECT_H
#define GLB_EXPECT_H

#include "base/hash.h"

struct expect;

/*
 * Opens DIR/SHA256SUMS.  Returns NULL with errno if that fails (ENOENT: there
 * is none; ELOOP: it is no file); silent.
 */
struct expect *expect_open(const char *dir);
void expect_close(struct expect *e);

/*
 * The next line: its name, valid until the next call, and its sum; NULL at
 * the end of the file, or where it is unreadable.  Lines that are wrong are
 * passed over.
 */
const char *expect_next(struct expect *e, char hex[HASH_HEX]);

/*
 * What was first wrong with the file so far, or NULL: a line that sums_write()
 * would not write, one that is out of order or has no end, or an error of
 * reading, which *error then tells (else 0).  Valid until expect_close().
 */
const char *expect_wrong(const struct expect *e, int *error);

/*
 * Compares two names in the order of the file, which is that of a walk: an
 * entry's own name decides before what is below it.  As strcmp(3).
 */
int expect_compare(const char *a, const char *b);

#endif
