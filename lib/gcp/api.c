/* Calls of Google's JSON interfaces: authorised, retried, judged. */
/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/js.h"
#include "base/text.h"
#include "gcp/answer.h"
#include "gcp/api.h"
#include "gcp/endpoint.h"
#include "gcp/http.h"
#include "gcp/metadata.h"
#include "gcp/pace.h"
#include "gcp/places.h"
#include "gcp/token.h"

#define USUAL_FILE "/etc/gitlab/backup-account-credentials.json"
#define PATIENCE 600000 /* ms that a call is tried for */
#define PAUSE_MAX 60000 /* ms between two tries that we choose */
#define QUIET 10000 /* ms of such pauses that nobody need be told of */
#define TEXT_MAX 512 /* of what the metadata server says of itself */

struct api {
	struct http *http;
	struct secrets *secrets;
	struct tokens *tokens;
	const struct creds *creds; /* the tokens' */
	struct places places;
	char *account; /* said by the metadata server, or NULL */
};

struct api *
api_open(const char *key_file)
{
	struct api *a = xcalloc(1, sizeof(*a));
	const char *place = getenv("GLB_TOKEN_ENDPOINT");
	struct creds *c;

	a->secrets = secrets_new();
	a->http = http_open();
	c = a->http != NULL ? creds_find(key_file, USUAL_FILE) : NULL;
	if (c == NULL)
		goto fail;
	a->creds = c;
	a->tokens = tokens_open(c, a->http, a->secrets,
	    place != NULL && *place != '\0' ? place : NULL);
	if (a->tokens != NULL &&
	    places_find(&a->places, c, tokens_real(a->tokens)) == 0)
		return a;
fail:
	api_close(a);
	return NULL;
}

void
api_close(struct api *a)
{
	if (a == NULL)
		return;
	tokens_close(a->tokens);
	http_close(a->http);
	secrets_free(a->secrets);
	places_free(&a->places);
	free(a->account);
	free(a);
}

const char *
api_account(const struct api *a)
{
	if (a->account != NULL)
		return a->account;
	return a->creds->account != NULL ? a->creds->account : "";
}

const char *
api_origin(const struct api *a)
{
	return a->creds->origin;
}

void
api_hurry(struct api *a, int64_t ms)
{
	http_hurry(a->http, ms);
}

/* What the metadata server says of itself, one line; or NULL. */
static char *
ask_metadata(struct api *a, const char *path)
{
	struct http_answer ans;
	char *line = NULL;

	if (metadata_get(a->http, a->creds->token_url, path, &ans) == 0 &&
	    ans.status == 200 && ans.body.len > 0 && ans.body.len < TEXT_MAX)
		line = text_line(buf_str(&ans.body));
	http_answer_free(&ans);
	return line;
}

/*
 * What only the metadata server knows, once it has given a token.  Returns 0,
 * or 1 with ans filled.
 */
static int
meet(struct api *a, struct api_answer *ans)
{
	char *s;

	if (a->places.universe != NULL)
		return 0;
	a->account = ask_metadata(a, "instance/service-accounts/default/email");
	s = ask_metadata(a, "universe/universe-domain");
	if (s == NULL || !endpoint_domain(s)) {
		free(s);
		s = xstrdup(ENDPOINT_UNIVERSE);
	}
	a->places.universe = s;
	if (places_services(&a->places) == 0)
		return 0;
	answer_fail(ans, "FAILED_PRECONDITION", "no endpoint");
	return 1;
}

void
api_encode(struct buf *out, const char *s, bool slash)
{
	for (; *s != '\0'; s++)
		if (isalnum((unsigned char)*s) || strchr("-._~", *s) != NULL ||
		    (slash && *s == '/'))
			buf_putc(out, *s);
		else
			buf_printf(out, "%%%02X", (unsigned char)*s);
}

/* Judges the answer, or its absence, with every secret hidden first. */
static void
judge(struct api *a, struct http_answer *h, struct api_answer *ans)
{
	struct buf safe = {NULL, 0, 0};

	ans->arrived = h->arrived;
	if (h->status == 0) {
		answer_fail(ans, h->word, "%s", h->why);
		return;
	}
	secrets_hide(a->secrets, &safe, buf_str(&h->body), h->body.len);
	answer_judge(ans, h->status, buf_str(&safe), safe.len);
	buf_reset(&safe);
	/* Again: in JSON a secret can be written in another way. */
	if (ans->message != NULL) {
		secrets_hide(
		    a->secrets, &safe, ans->message, strlen(ans->message));
		free(ans->message);
		ans->message = buf_take(&safe);
	}
	buf_free(&safe);
}

/* Sends the request once.  Returns 0 with ans filled, or -1 for a signal. */
static int
send_once(struct api *a, const struct api_request *r, const char *token,
    struct api_answer *ans)
{
	struct buf body = {NULL, 0, 0};
	struct http_request h;
	struct http_answer got;
	char *url = xasprintf("%s%s", a->places.service[r->service], r->path);
	int rc;

	memset(&h, 0, sizeof(h));
	h.method = r->method;
	h.url = url;
	h.once = r->effect == API_ONCE;
	list_addf(&h.headers, "Authorization: Bearer %s", token);
	if (a->places.quota_project != NULL)
		list_addf(&h.headers, "x-goog-user-project: %s",
		    a->places.quota_project);
	if (r->body != NULL) {
		js_line(&body, r->body);
		h.body = buf_str(&body);
		list_add(&h.headers, "Content-Type: application/json");
	}
	rc = http_send(a->http, &h, &got);
	if (rc == 0)
		judge(a, &got, ans);
	ans->retry_after = got.retry_after;
	http_answer_free(&got);
	http_headers_free(&h.headers);
	buf_free(&body);
	free(url);
	return rc;
}

/* With a token, and with a new one if that was not taken.  Returns 0, -1. */
static int
authorised(struct api *a, const struct api_request *r, bool *renewed,
    struct api_answer *ans)
{
	const char *token;
	int rc;

	for (;;) {
		rc = tokens_get(a->tokens, &token, ans);
		if (rc == 0)
			rc = meet(a, ans);
		if (rc != 0)
			return rc == 1 ? 0 : -1;
		rc = send_once(a, r, token, ans);
		if (rc == -1 || ans->http != 401 || *renewed)
			return rc;
		*renewed = true;
		tokens_spoil(a->tokens);
		api_answer_free(ans);
	}
}

/* May the same request be sent again after this answer? */
static bool
again(const struct api_request *r, const struct api_answer *ans)
{
	return answer_passing(ans) && r->effect != API_LOOK &&
	    (r->effect == API_IDEMPOTENT || !ans->arrived);
}

/*
 * Adds a pause to *paused, and says what is waited for when that becomes long:
 * by the pauses and not by the clock, so that it is once in a call.
 */
static void
note_pause(const struct api_request *r, const struct api_answer *ans,
    int64_t wait, int64_t *paused)
{
	if (*paused <= QUIET && *paused + wait > QUIET)
		warnx("%s %.*s: %s; trying again for up to ten minutes",
		    r->method, (int)strcspn(r->path, "?"), r->path,
		    ans->message);
	*paused += wait;
}

int
api_call(struct api *a, const struct api_request *r, struct api_answer *ans)
{
	int64_t end = pace_now() + PATIENCE, pause = 1000, wait, left;
	int64_t paused = 0;
	bool renewed = false;

	memset(ans, 0, sizeof(*ans));
	ans->retry_after = -1;
	for (;;) {
		if (authorised(a, r, &renewed, ans) == -1)
			return -1;
		left = end - pace_now();
		if (!again(r, ans) || left <= 0 || http_hurried(a->http))
			return 0;
		wait = ans->retry_after >= 0 ? ans->retry_after
					     : pace_jitter(pause);
		wait = wait < left ? wait : left;
		pause = pause * 2 < PAUSE_MAX ? pause * 2 : PAUSE_MAX;
		note_pause(r, ans, wait, &paused);
		api_answer_free(ans);
		if (pace_wait(wait) == -1)
			return -1;
	}
}
