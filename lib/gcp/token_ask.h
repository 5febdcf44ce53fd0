/* Asking for an access token, by each type of credentials. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_TOKEN_ASK_H
#define GLB_TOKEN_ASK_H

#include "gcp/api.h"
#include "gcp/creds.h"
#include "gcp/http.h"
#include "gcp/secret.h"

struct token_asker {
	struct http *http;
	struct secrets *secrets;
	bool moved; /* by GLB_TOKEN_ENDPOINT */
	bool met; /* the metadata server has answered once */
};

struct token {
	char *value; /* for secret_free() */
	int64_t life; /* s */
};

/*
 * A new token of c in *t.  Returns 0; 1 with why filled as answer_judge() or
 * answer_fail() do, its message naming the place; -1 when a signal asked us
 * to end.
 */
int token_ask(struct token_asker *k, const struct creds *c, struct token *t,
    struct api_answer *why);

#endif
