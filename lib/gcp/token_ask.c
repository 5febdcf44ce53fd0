/* Asking for an access token, by each type of credentials. */
/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/js.h"
#include "gcp/answer.h"
#include "gcp/endpoint.h"
#include "gcp/metadata.h"
#include "gcp/pace.h"
#include "gcp/token_ask.h"
#include "gcp/token_read.h"

#define TRIES 3
#define GRANT "urn:ietf:params:oauth:grant-type:"
#define ROOM 16384 /* of a form, so that it hardly ever moves */

/* One question: by POST to url, or by GET of path from a metadata server. */
struct question {
	const char *url;
	const char *path; /* NULL: POST */
	const char *type; /* of the body */
	const char *bearer; /* NULL: none */
	const struct buf *body;
};

/* Sends it once.  Returns what http_send() does. */
static int
send_once(
    struct token_asker *k, const struct question *q, struct http_answer *a)
{
	struct http_request r;
	int rc;

	if (q->path != NULL)
		return metadata_get(k->http, q->url, q->path, a);
	memset(&r, 0, sizeof(r));
	r.method = "POST";
	r.url = q->url;
	r.body = buf_str(q->body);
	r.max = SECRET_MAX;
	list_addf(&r.headers, "Content-Type: %s", q->type);
	if (q->bearer != NULL)
		list_addf(&r.headers, "Authorization: Bearer %s", q->bearer);
	rc = http_send(k->http, &r, a);
	http_headers_free(&r.headers);
	return rc;
}

/* Sends it, and again if the failure may pass.  Returns 0, 1, -1. */
static int
ask(struct token_asker *k, const struct question *q, struct token *t,
    struct api_answer *why)
{
	struct http_answer a;
	int64_t pause = 1000;
	int i, rc;

	for (i = 1;; i++) {
		rc = send_once(k, q, &a);
		if (rc == 0)
			rc = token_read(k->secrets, q->url, &a, t, why);
		http_answer_free(&a);
		if (rc != 1 || i == TRIES || !answer_passing(why) ||
		    http_hurried(k->http))
			return rc;
		api_answer_free(why);
		if (pace_wait(pace_jitter(pause)) == -1)
			return -1;
		pause *= 2;
	}
}

/* Appends a field to a form. */
static void
add(struct buf *form, const char *key, const char *value)
{
	if (form->data == NULL)
		buf_reserve(form, ROOM);
	if (form->len > 0)
		buf_putc(form, '&');
	buf_puts(form, key);
	buf_putc(form, '=');
	api_encode(form, value, false);
}

/* Sends a form, which is freed, to the place of c. */
static int
ask_form(struct token_asker *k, const struct creds *c, struct buf *form,
    struct token *t, struct api_answer *why)
{
	struct question q = {c->token_url, NULL,
	    "application/x-www-form-urlencoded", NULL, form};
	int rc = ask(k, &q, t, why);

	secret_buf_free(form);
	return rc;
}

static int
ask_service_account(struct token_asker *k, const struct creds *c,
    struct token *t, struct api_answer *why)
{
	struct jwt_claims claims = {c->key_id, c->account, NULL, c->token_url,
	    CREDS_SCOPE, (int64_t)time(NULL)};
	struct buf form = {NULL, 0, 0};
	char *jwt;
	bool self = !k->moved && c->universe != NULL &&
	    strcmp(c->universe, ENDPOINT_UNIVERSE) != 0;

	/* Other universes take the signed claims themselves for a token. */
	if (self) {
		claims.sub = c->account;
		claims.aud = NULL;
	}
	jwt = jwt_sign(c->key, &claims);
	if (jwt == NULL) {
		answer_fail(why, "UNAUTHENTICATED",
		    "token: the private key does not sign");
		return 1;
	}
	secrets_add(k->secrets, jwt);
	if (self) {
		t->value = jwt;
		t->life = 3600;
		return 0;
	}
	add(&form, "grant_type", GRANT "jwt-bearer");
	add(&form, "assertion", jwt);
	secret_free(jwt);
	return ask_form(k, c, &form, t, why);
}

static int
ask_user(struct token_asker *k, const struct creds *c, struct token *t,
    struct api_answer *why)
{
	struct buf form = {NULL, 0, 0};

	add(&form, "grant_type", "refresh_token");
	add(&form, "client_id", c->client_id);
	add(&form, "client_secret", c->client_secret);
	add(&form, "refresh_token", c->refresh_token);
	return ask_form(k, c, &form, t, why);
}

/*
 * The other provider's token, read anew each time, for whoever puts it there
 * renews it.  Returns it for secret_free(), or NULL with why filled.
 */
static char *
subject(const struct creds *c, struct api_answer *why)
{
	struct buf b = {NULL, 0, 0};
	json_object *o = NULL, *v = NULL;
	const char *s = NULL;
	char *token = NULL;
	size_t n = 0;
	int fd = secret_read(c->subject_file, &b);

	if (fd == -1) {
		answer_fail(why, "UNAUTHENTICATED", "%s: %s", c->subject_file,
		    strerror(errno));
	} else if (c->subject_field == NULL) {
		s = buf_str(&b);
		n = b.len;
	} else if ((o = secret_json(buf_str(&b), b.len)) != NULL &&
	    json_object_object_get_ex(o, c->subject_field, &v) &&
	    json_object_is_type(v, json_type_string)) {
		s = json_object_get_string(v);
		n = strlen(s);
	}
	while (n > 0 && strchr(" \t\r\n", s[n - 1]) != NULL)
		n--;
	if (n > 0)
		token = xstrndup(s, n);
	else if (why->status == NULL)
		answer_fail(why, "UNAUTHENTICATED", "%s: no token in it",
		    c->subject_file);
	if (fd != -1)
		close(fd);
	secret_json_put(o);
	secret_buf_free(&b);
	return token;
}

static int
ask_external(struct token_asker *k, const struct creds *c, struct token *t,
    struct api_answer *why)
{
	struct buf form = {NULL, 0, 0};
	json_object *options;
	char *token = subject(c, why);

	if (token == NULL)
		return 1;
	secrets_add(k->secrets, token);
	add(&form, "grant_type", GRANT "token-exchange");
	add(&form, "audience", c->audience);
	add(&form, "scope", CREDS_SCOPE);
	add(&form, "requested_token_type",
	    "urn:ietf:params:oauth:token-type:access_token");
	add(&form, "subject_token", token);
	add(&form, "subject_token_type", c->subject_type);
	if (c->user_project != NULL) {
		options = json_object_new_object();
		js_put_text(options, "userProject", c->user_project);
		add(&form, "options", json_object_to_json_string(options));
		json_object_put(options);
	}
	secret_free(token);
	return ask_form(k, c, &form, t, why);
}

static int
ask_metadata(struct token_asker *k, const struct creds *c, struct token *t,
    struct api_answer *why)
{
	struct question q = {c->token_url,
	    "instance/service-accounts/default/token?scopes=" CREDS_SCOPE, NULL,
	    NULL, NULL};
	int rc = ask(k, &q, t, why);
	char *message;

	k->met |= rc == 0 || (rc == 1 && why->http != 0);
	/* Where none ever was, none will come: there are no credentials. */
	if (rc == 1 && !k->met) {
		message = xasprintf(
		    "no credentials in any file, and %s", why->message);
		api_answer_free(why);
		answer_fail(why, "UNAUTHENTICATED", "%s", message);
		free(message);
	}
	return rc;
}

/* Turns the token *t into one of the account that c impersonates. */
static int
impersonate(struct token_asker *k, const struct creds *c, struct token *t,
    struct api_answer *why)
{
	struct buf body = {NULL, 0, 0};
	struct token source = *t;
	struct question q = {c->impersonation_url, NULL, "application/json",
	    source.value, &body};
	json_object *o = json_object_new_object();
	json_object *scopes = json_object_new_array(), *delegates;
	char *lifetime = xasprintf("%lds", (long)c->lifetime);
	size_t i;
	int rc;

	json_object_array_add(scopes, json_object_new_string(CREDS_SCOPE));
	json_object_object_add(o, "scope", scopes);
	js_put_text(o, "lifetime", lifetime);
	free(lifetime);
	if (c->delegates.n > 0) {
		delegates = json_object_new_array();
		for (i = 0; i < c->delegates.n; i++)
			json_object_array_add(delegates,
			    json_object_new_string(c->delegates.v[i]));
		json_object_object_add(o, "delegates", delegates);
	}
	js_line(&body, o);
	json_object_put(o);
	t->value = NULL;
	rc = ask(k, &q, t, why);
	secret_free(source.value);
	buf_free(&body);
	return rc;
}

int
token_ask(struct token_asker *k, const struct creds *c, struct token *t,
    struct api_answer *why)
{
	int rc = 1;

	switch (c->type) {
	case CREDS_SERVICE_ACCOUNT:
		rc = ask_service_account(k, c, t, why);
		break;
	case CREDS_AUTHORIZED_USER:
		rc = ask_user(k, c, t, why);
		break;
	case CREDS_EXTERNAL:
		rc = ask_external(k, c, t, why);
		break;
	case CREDS_METADATA:
		rc = ask_metadata(k, c, t, why);
		break;
	case CREDS_IMPERSONATED:
		rc = token_ask(k, c->source, t, why);
		break;
	}
	if (rc == 0 && c->impersonation_url != NULL)
		rc = impersonate(k, c, t, why);
	return rc;
}
