/* Access tokens: made of credentials, kept while they last. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "gcp/answer.h"
#include "gcp/endpoint.h"
#include "gcp/pace.h"
#include "gcp/token.h"
#include "gcp/token_ask.h"

#define SPARE 225 /* s: with less left a token is not used any more */

struct tokens {
	struct creds *creds;
	struct token_asker asker;
	struct token token;
	int64_t until; /* of pace_now(), ms */
};

/* Puts all URLs of c where GLB_TOKEN_ENDPOINT says. */
static void
move(struct creds *c, const char *place)
{
	char *moved;

	if (c->source != NULL)
		move(c->source, place);
	if (c->token_url != NULL && c->type != CREDS_METADATA) {
		free(c->token_url);
		c->token_url = xstrdup(place);
	}
	if (c->impersonation_url != NULL) {
		moved = endpoint_moved(c->impersonation_url, place);
		free(c->impersonation_url);
		c->impersonation_url = moved;
	}
}

/* No message may show what was in the file. */
static void
keep_secrets(struct secrets *s, const struct creds *c)
{
	for (; c != NULL; c = c->source) {
		secrets_keep(s, c->client_secret);
		secrets_keep(s, c->refresh_token);
	}
}

struct tokens *
tokens_open(
    struct creds *c, struct http *h, struct secrets *s, const char *place)
{
	struct tokens *t;
	const char *why;
	char *url = NULL;

	if (place != NULL && (url = endpoint_url(place, &why)) == NULL) {
		warnx("GLB_TOKEN_ENDPOINT: %s", why);
		creds_free(c);
		return NULL;
	}
	if (url != NULL)
		move(c, url);
	t = xcalloc(1, sizeof(*t));
	t->creds = c;
	t->asker.http = h;
	t->asker.secrets = s;
	t->asker.moved = url != NULL;
	free(url);
	keep_secrets(s, c);
	return t;
}

void
tokens_close(struct tokens *t)
{
	if (t == NULL)
		return;
	secret_free(t->token.value);
	creds_free(t->creds);
	free(t);
}

void
tokens_spoil(struct tokens *t)
{
	secret_free(t->token.value);
	t->token.value = NULL;
}

const char *
tokens_real(const struct tokens *t)
{
	const struct creds *c;

	for (c = t->creds; c != NULL; c = c->source) {
		if (c->token_url != NULL && !endpoint_local(c->token_url))
			return c->token_url;
		if (c->impersonation_url != NULL &&
		    !endpoint_local(c->impersonation_url))
			return c->impersonation_url;
	}
	return NULL;
}

/*
 * The failure as the service's caller sees it: the service has not answered,
 * and whether to try again is all that can be decided upon.
 */
static void
as_seen(struct api_answer *why)
{
	const char *status =
	    answer_passing(why) ? "UNREACHABLE" : "UNAUTHENTICATED";

	why->http = 0;
	free(why->status);
	why->status = xstrdup(status);
}

int
tokens_get(struct tokens *t, const char **value, struct api_answer *why)
{
	int rc;

	if (t->token.value == NULL || pace_now() >= t->until) {
		tokens_spoil(t);
		rc = token_ask(&t->asker, t->creds, &t->token, why);
		if (rc == 1)
			as_seen(why);
		if (rc != 0)
			return rc;
		t->until = pace_now() + (t->token.life - SPARE) * 1000;
	}
	*value = t->token.value;
	return 0;
}
