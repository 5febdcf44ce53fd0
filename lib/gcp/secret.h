/* Keys and tokens: kept from cores and messages, wiped when done with. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_SECRET_H
#define GLB_SECRET_H

#include <stddef.h>

#include <json-c/json.h>

#include "base/buf.h"

#define SECRET_MAX 65536 /* no file and no answer with a secret is longer */

/*
 * No core dump and no debugger of the same user sees this process's memory
 * from now on.  Call first in main() of a program that holds secrets.
 */
void secret_guard(void);

/* Each wipes and frees; NULL is allowed. */
void secret_free(char *s);
void secret_buf_free(struct buf *b);
void secret_json_put(json_object *o); /* every string in it, too */

/* free(3) and realloc(3) of a library whose memory has secrets in it. */
void secret_release(void *p);
void *secret_resize(void *p, size_t n);

/*
 * Opens path and appends what is in it, at most SECRET_MAX bytes, to b without
 * leaving copies behind.  What waits for a writer does not hold up a signal.
 * Returns the descriptor, or -1 with errno (silent).
 */
int secret_read(const char *path, struct buf *b);

/*
 * Reads n bytes at s, which must be one JSON object, without leaving copies
 * of its strings in freed memory.  Returns it, or NULL (silent).
 */
json_object *secret_json(const char *s, size_t n);

/*
 * The secrets that must not turn up in a message: two that are kept for each
 * of up to four sources of a token, and the last few that were made from
 * them.
 */
struct secrets;
struct secrets *secrets_new(void);
void secrets_free(struct secrets *s);

/* Remembers a copy of text; NULL, and what is too short to be one, is not. */
void secrets_keep(struct secrets *s, const char *text); /* for good */
void secrets_add(struct secrets *s, const char *text); /* for some time */

/*
 * Appends the n bytes at text to out with "[secret]" in place of each secret
 * and of each beginning of one that is 12 bytes or longer.
 */
void secrets_hide(
    const struct secrets *s, struct buf *out, const char *text, size_t n);

#endif
