/* Text from outside made fit for one line, for UTF-8, for a shell. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_TEXT_H
#define GLB_TEXT_H

#include <stddef.h>

#include "base/buf.h"

/*
 * Appends the n bytes at s to *out as one line of valid UTF-8: each run of
 * white space and line ends becomes one space, other control characters and
 * each byte that is not UTF-8 become "\xHH", none stands at either end.  For
 * messages, reports and JSON; not reversible.
 */
void text_fold(struct buf *out, const char *s, size_t n);

/* text_fold() of a C string into fresh memory, which the caller frees. */
char *text_line(const char *s);

/*
 * Appends s as one word of a POSIX shell: bare where it is harmless, else in
 * single quotes.
 */
void text_shell(struct buf *out, const char *s);

/*
 * Length of the well-formed UTF-8 sequence at s, of which n bytes are there,
 * or 0 if there is none (RFC 3629: no surrogates, no overlong forms).
 */
size_t text_utf8(const char *s, size_t n);

/* Returns 1 if s starts with prefix, else 0. */
int text_starts(const char *s, const char *prefix);

/* Returns 1 if s ends with suffix, else 0. */
int text_ends(const char *s, const char *suffix);

/*
 * The word of the NULL-terminated words that s was probably meant to be
 * (fewest changed letters, at most a third of it), or NULL.
 */
const char *text_nearest(const char *s, const char *const *words);

#endif
