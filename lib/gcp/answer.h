/* What an answer of Google's means: error bodies, in one line. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_ANSWER_H
#define GLB_ANSWER_H

#include <stddef.h>

#include "gcp/api.h"

/*
 * Fills *ans, which is zeroed but for arrived, from the HTTP status and the n
 * bytes of the body: status, reason, message and body as api.h says.  The
 * error's body may be Google's {"error":{"code","message","status",...}}, an
 * OAuth server's {"error":"word","error_description":"..."} (reason is then
 * the word), HTML, anything, nothing.
 */
void answer_judge(struct api_answer *ans, int http, const char *body, size_t n);

/* Fills *ans, zeroed, for a failure of our own: no answer came. */
void answer_fail(struct api_answer *ans, const char *status, const char *fmt,
    ...) __attribute__((format(printf, 3, 4)));

/* The word for an HTTP status where the body has none, "NOT_FOUND". */
const char *answer_word(int http);

/*
 * May the failure pass by itself?  By its HTTP status, or, as token servers
 * have it, by the reason.
 */
bool answer_passing(const struct api_answer *ans);

#endif
