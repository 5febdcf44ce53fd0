/* Access tokens: made of credentials, kept while they last. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_TOKEN_H
#define GLB_TOKEN_H

#include "gcp/api.h"
#include "gcp/creds.h"
#include "gcp/http.h"
#include "gcp/secret.h"

struct tokens;

/*
 * Tokens of c, which is theirs from now on; h and s are the caller's and
 * outlive them.  place is the value of GLB_TOKEN_ENDPOINT or NULL.  Returns
 * what tokens_close() frees, or NULL after a warning (c is then freed).
 */
struct tokens *tokens_open(
    struct creds *c, struct http *h, struct secrets *s, const char *place);
void tokens_close(struct tokens *t);

/*
 * A token that lasts for some minutes, the one at hand or a new one, in
 * *value, which belongs to t.  Returns 0; 1 with why filled as api.h says:
 * "UNREACHABLE" if it may pass, "UNAUTHENTICATED" if not; -1 when a signal
 * asked us to end.
 */
int tokens_get(struct tokens *t, const char **value, struct api_answer *why);

/* Forgets the token at hand: the service did not take it. */
void tokens_spoil(struct tokens *t);

/*
 * The place off this machine that the tokens come from, or are good for; NULL
 * if they are of a rehearsal, all of which stays on this machine.
 */
const char *tokens_real(const struct tokens *t);

#endif
