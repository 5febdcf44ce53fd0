/* What a token server answers. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_TOKEN_READ_H
#define GLB_TOKEN_READ_H

#include "gcp/token_ask.h"

/*
 * Reads the answer of url: {"access_token","expires_in"} of an OAuth or
 * metadata server, {"accessToken","expireTime"} of an impersonation.  Returns
 * 0 with *t filled and added to s; 1 with why filled, its message naming url.
 */
int token_read(struct secrets *s, const char *url, struct http_answer *a,
    struct token *t, struct api_answer *why);

/*
 * Reads a time as "2026-11-25T18:22:16.123Z" or with an offset.  Returns 0
 * with seconds since the epoch, or -1 (silent).
 */
int token_time(const char *s, int64_t *seconds);

#endif
