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
#include "gcp/token.h"

#define USUAL_FILE "/etc/gitlab/backup-account-credentials.json"
#define PATIENCE 600000 /* ms that a call is tried for */
#define PAUSE_MAX 60000 /* ms between two tries that we choose */
#define TEXT_MAX 512 /* of what the metadata server says of itself */

struct api {
	struct http *http;
	struct secrets *secrets;
	struct tokens *tokens;
	const struct creds *creds; /* the tokens' */
	char *universe; /* NULL: the metadata server is still to be asked */
	char *quota_project; /* or NULL */
	char *service[2]; /* where they are, with "/"; once universe is known */
	char *account, *project; /* said by the metadata server, or NULL */
};

/* The value of a variable that is set to something, or NULL. */
static const char *
value_of(const char *name)
{
	const char *s = getenv(name);

	return s != NULL && *s != '\0' ? s : NULL;
}

/* Finds where the services are.  Returns 0, or -1 after a warning. */
static int
find_services(struct api *a)
{
	a->service[API_TRANSFER] = endpoint_service(
	    "GLB_STS_ENDPOINT", "storagetransfer", a->universe);
	a->service[API_STORAGE] =
	    endpoint_service("GLB_GCS_ENDPOINT", "storage", a->universe);
	return a->service[0] != NULL && a->service[1] != NULL ? 0 : -1;
}

/* The universe of the credentials and of the environment must be one. */
static int
find_universe(struct api *a)
{
	static const char var[] = "GOOGLE_CLOUD_UNIVERSE_DOMAIN";
	const char *wanted = value_of(var), *own = a->creds->universe;

	if (wanted != NULL && !endpoint_domain(wanted)) {
		warnx("%s: not a domain", var);
		return -1;
	}
	if (wanted != NULL && own != NULL && strcasecmp(wanted, own) != 0) {
		warnx("%s: %s, but %s is of %s", var, wanted, a->creds->origin,
		    own);
		return -1;
	}
	if (own != NULL || wanted != NULL)
		a->universe = xstrdup(own != NULL ? own : wanted);
	else if (a->creds->type != CREDS_METADATA)
		a->universe = xstrdup(ENDPOINT_UNIVERSE);
	return 0;
}

/* The project that is to be charged: it becomes a header. */
static int
find_quota_project(struct api *a)
{
	static const char var[] = "GOOGLE_CLOUD_QUOTA_PROJECT";
	const char *s = value_of(var);

	if (s == NULL)
		s = a->creds->quota_project;
	if (s == NULL)
		return 0;
	if (s[strspn(s,
		"abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:_-")] != '\0') {
		warnx("%s: the quota project is not a project's name",
		    value_of(var) != NULL ? var : a->creds->origin);
		return -1;
	}
	a->quota_project = xstrdup(s);
	return 0;
}

/* No token that is good elsewhere goes to this machine in the clear. */
static int
refuse_leak(const struct api *a)
{
	static const char *const vars[] = {
	    "GLB_STS_ENDPOINT", "GLB_GCS_ENDPOINT"};
	const char *real = tokens_real(a->tokens), *url, *why;
	char *checked;
	size_t i;

	for (i = 0; i < 2 && real != NULL; i++) {
		url = value_of(vars[i]);
		if (url == NULL)
			continue;
		checked = endpoint_url(url, &why);
		free(checked);
		if (checked == NULL || endpoint_https(url))
			continue;
		warnx("%s: is plain http, which no token of %s is sent over",
		    vars[i], real);
		return -1;
	}
	return 0;
}

struct api *
api_open(const char *key_file)
{
	struct api *a = xcalloc(1, sizeof(*a));
	struct creds *c;

	a->secrets = secrets_new();
	a->http = http_open();
	c = a->http != NULL ? creds_find(key_file, USUAL_FILE) : NULL;
	if (c == NULL)
		goto fail;
	a->creds = c;
	a->tokens =
	    tokens_open(c, a->http, a->secrets, value_of("GLB_TOKEN_ENDPOINT"));
	if (a->tokens == NULL || refuse_leak(a) == -1 ||
	    find_universe(a) == -1 || find_quota_project(a) == -1)
		goto fail;
	if (a->universe == NULL || find_services(a) == 0)
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
	free(a->universe);
	free(a->quota_project);
	free(a->service[0]);
	free(a->service[1]);
	free(a->account);
	free(a->project);
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

const char *
api_project(struct api *a)
{
	const struct creds *c;

	if (a->creds->type == CREDS_METADATA && a->project == NULL)
		a->project = ask_metadata(a, "project/project-id");
	if (a->project != NULL)
		return a->project;
	for (c = a->creds; c != NULL; c = c->source)
		if (c->project != NULL)
			return c->project;
	return NULL;
}

/*
 * What only the metadata server knows, once it has given a token.  Returns 0,
 * or 1 with ans filled.
 */
static int
meet(struct api *a, struct api_answer *ans)
{
	char *s;

	if (a->universe != NULL)
		return 0;
	a->account = ask_metadata(a, "instance/service-accounts/default/email");
	s = ask_metadata(a, "universe/universe-domain");
	if (s == NULL || !endpoint_domain(s)) {
		free(s);
		s = xstrdup(ENDPOINT_UNIVERSE);
	}
	a->universe = s;
	if (find_services(a) == 0)
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
		answer_fail(ans, "UNREACHABLE", "%s", h->why);
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
    struct api_answer *ans, int64_t *retry_after)
{
	struct buf body = {NULL, 0, 0};
	struct http_request h;
	struct http_answer got;
	char *url = xasprintf("%s%s", a->service[r->service], r->path);
	int rc;

	memset(&h, 0, sizeof(h));
	h.method = r->method;
	h.url = url;
	h.once = r->effect == API_ONCE;
	list_addf(&h.headers, "Authorization: Bearer %s", token);
	if (a->quota_project != NULL)
		list_addf(
		    &h.headers, "x-goog-user-project: %s", a->quota_project);
	if (r->body != NULL) {
		js_line(&body, r->body);
		h.body = buf_str(&body);
		list_add(&h.headers, "Content-Type: application/json");
	}
	rc = http_send(a->http, &h, &got);
	if (rc == 0)
		judge(a, &got, ans);
	*retry_after = got.retry_after;
	http_answer_free(&got);
	http_headers_free(&h.headers);
	buf_free(&body);
	free(url);
	return rc;
}

/* With a token, and with a new one if that was not taken.  Returns 0, -1. */
static int
authorised(struct api *a, const struct api_request *r, bool *renewed,
    struct api_answer *ans, int64_t *retry_after)
{
	const char *token;
	int rc;

	for (;;) {
		*retry_after = -1;
		rc = tokens_get(a->tokens, &token, ans);
		if (rc == 0)
			rc = meet(a, ans);
		if (rc != 0)
			return rc == 1 ? 0 : -1;
		rc = send_once(a, r, token, ans, retry_after);
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

int
api_call(struct api *a, const struct api_request *r, struct api_answer *ans)
{
	int64_t end = pace_now() + PATIENCE, pause = 1000, wait, left, asked;
	bool renewed = false;

	memset(ans, 0, sizeof(*ans));
	for (;;) {
		if (authorised(a, r, &renewed, ans, &asked) == -1)
			return -1;
		left = end - pace_now();
		if (!again(r, ans) || left <= 0 || http_hurried(a->http))
			return 0;
		wait = asked >= 0 ? asked : pace_jitter(pause);
		wait = wait < left ? wait : left;
		pause = pause * 2 < PAUSE_MAX ? pause * 2 : PAUSE_MAX;
		api_answer_free(ans);
		if (pace_wait(wait) == -1)
			return -1;
	}
}
