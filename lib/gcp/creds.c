/* Credentials as Google's tools leave them: read and checked. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "gcp/creds.h"
#include "gcp/endpoint.h"
#include "gcp/field.h"
#include "gcp/secret.h"

#define DEPTH 4 /* impersonations of impersonations */

static struct creds *parse(json_object *o, const char *what, int depth);

/* What every type may have. */
static void
read_common(struct field_object *r, struct creds *c)
{
	c->universe = field_string(r, "universe_domain");
	if (c->universe != NULL && !endpoint_domain(c->universe))
		field_wrong(r, "universe_domain", "not a domain");
	c->quota_project = field_string(r, "quota_project_id");
}

/* The key's PEM has line ends in it, which field_string() does not take. */
static void
read_key(struct field_object *r, struct creds *c)
{
	const char *why = "missing";
	json_object *v;

	if (json_object_object_get_ex(r->o, "private_key", &v) &&
	    json_object_is_type(v, json_type_string))
		c->key = jwt_key(json_object_get_string(v), &why);
	if (c->key == NULL)
		field_wrong(r, "private_key", why);
}

static void
read_service_account(struct field_object *r, struct creds *c)
{
	c->account = field_needed(r, "client_email");
	c->key_id = field_string(r, "private_key_id");
	c->token_url =
	    field_url(r, "token_uri", "https://oauth2.googleapis.com/token");
	if (!r->failed)
		read_key(r, c);
}

static void
read_user(struct field_object *r, struct creds *c)
{
	c->account = field_string(r, "account");
	c->client_id = field_needed(r, "client_id");
	c->client_secret = field_needed(r, "client_secret");
	c->refresh_token = field_needed(r, "refresh_token");
	c->token_url =
	    field_url(r, "token_uri", "https://oauth2.googleapis.com/token");
}

/* The e-mail in .../serviceAccounts/EMAIL:generateAccessToken */
static void
read_impersonation(struct field_object *r, struct creds *c)
{
	static const char key[] = "service_account_impersonation_url";
	static const char verb[] = ":generateAccessToken";
	char *s = c->impersonation_url, *email;

	if (s == NULL)
		return;
	email = strstr(s, "/serviceAccounts/");
	if (email == NULL || !text_ends(s, verb) || strchr(s, '?') != NULL) {
		field_wrong(r, key, "not the URL of :generateAccessToken");
		return;
	}
	email += strlen("/serviceAccounts/");
	if (strlen(email) > strlen(verb))
		c->account = xstrndup(email, strlen(email) - strlen(verb));
}

/* How long the tokens of an impersonation are to live. */
static void
read_lifetime(struct field_object *r, struct creds *c)
{
	static const char key[] = "service_account_impersonation";
	json_object *o, *v;

	c->lifetime = 3600;
	if (!json_object_object_get_ex(r->o, key, &o) || o == NULL ||
	    !json_object_is_type(o, json_type_object) ||
	    !json_object_object_get_ex(o, "token_lifetime_seconds", &v))
		return;
	c->lifetime = json_object_get_int64(v);
	if (!json_object_is_type(v, json_type_int) || c->lifetime < 600 ||
	    c->lifetime > 43200)
		field_wrong(
		    r, "token_lifetime_seconds", "not from 600 to 43200");
}

/* What kind of source it is that we cannot use; NULL for a file. */
static const char *
other_source(json_object *source)
{
	static const char *const kinds[][2] = {
	    {"environment_id", "an AWS source is not supported"},
	    {"executable", "an executable source is not supported"},
	    {"url", "a url source is not supported"},
	    {"certificate", "a certificate source is not supported"}};
	size_t i;

	if (!json_object_is_type(source, json_type_object))
		return "missing";
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (json_object_object_get_ex(source, kinds[i][0], NULL))
			return kinds[i][1];
	return NULL;
}

/* {"file":"...","format":{"type":"json","subject_token_field_name":"..."}} */
static void
read_subject(struct field_object *r, struct creds *c)
{
	struct field_object source = {NULL, r->what, 0, false}, format = source;
	char *type;

	if (!json_object_object_get_ex(r->o, "credential_source", &source.o) ||
	    other_source(source.o) != NULL) {
		field_wrong(r, "credential_source", other_source(source.o));
		return;
	}
	c->subject_file = field_needed(&source, "file");
	if (json_object_object_get_ex(source.o, "format", &format.o) &&
	    json_object_is_type(format.o, json_type_object)) {
		type = field_string(&format, "type");
		if (type != NULL && strcmp(type, "json") == 0)
			c->subject_field =
			    field_needed(&format, "subject_token_field_name");
		else if (type != NULL && strcmp(type, "text") != 0)
			field_wrong(&format, "format", "neither text nor json");
		free(type);
	}
	r->failed |= source.failed || format.failed;
}

static void
read_external(struct field_object *r, struct creds *c)
{
	char *sts = xasprintf("https://sts.%s/v1/token",
	    c->universe != NULL ? c->universe : ENDPOINT_UNIVERSE);

	c->audience = field_needed(r, "audience");
	c->subject_type = field_needed(r, "subject_token_type");
	c->token_url = field_url(r, "token_url", sts);
	c->impersonation_url =
	    field_url(r, "service_account_impersonation_url", NULL);
	c->user_project = field_string(r, "workforce_pool_user_project");
	read_impersonation(r, c);
	read_lifetime(r, c);
	read_subject(r, c);
	free(sts);
}

static void
read_delegates(struct field_object *r, struct creds *c)
{
	json_object *list, *v;
	size_t i;

	if (!json_object_object_get_ex(r->o, "delegates", &list) ||
	    list == NULL)
		return;
	if (!json_object_is_type(list, json_type_array)) {
		field_wrong(r, "delegates", "not a list");
		return;
	}
	for (i = 0; i < json_object_array_length(list); i++) {
		v = json_object_array_get_idx(list, i);
		if (json_object_is_type(v, json_type_string))
			list_add(&c->delegates, json_object_get_string(v));
		else
			field_wrong(r, "delegates", "not a list of strings");
	}
}

static void
read_impersonated(struct field_object *r, struct creds *c)
{
	json_object *source;
	char *what;

	c->impersonation_url =
	    field_url(r, "service_account_impersonation_url", NULL);
	if (c->impersonation_url == NULL)
		field_wrong(r, "service_account_impersonation_url", "missing");
	read_impersonation(r, c);
	c->lifetime = 3600;
	read_delegates(r, c);
	if (!json_object_object_get_ex(r->o, "source_credentials", &source) ||
	    r->depth == DEPTH) {
		field_wrong(r, "source_credentials",
		    r->depth == DEPTH ? "nested too deep" : "missing");
		return;
	}
	if (r->failed)
		return;
	what = xasprintf("%s: source_credentials", r->what);
	c->source = parse(source, what, r->depth + 1);
	r->failed |= c->source == NULL;
	free(what);
}

typedef void read_fn(struct field_object *r, struct creds *c);

static const struct {
	const char *name;
	enum creds_type type;
	read_fn *read; /* NULL: known, and not supported */
} types[] = {
    {"service_account", CREDS_SERVICE_ACCOUNT, read_service_account},
    {"authorized_user", CREDS_AUTHORIZED_USER, read_user},
    {"external_account", CREDS_EXTERNAL, read_external},
    {"impersonated_service_account", CREDS_IMPERSONATED, read_impersonated},
    {"external_account_authorized_user", CREDS_EXTERNAL, NULL},
    {"gdch_service_account", CREDS_EXTERNAL, NULL},
};

static struct creds *
parse(json_object *o, const char *what, int depth)
{
	struct field_object r = {o, what, depth, false};
	struct creds *c = xcalloc(1, sizeof(*c));
	char *type = NULL, *why;
	size_t i, n = sizeof(types) / sizeof(types[0]);

	if (json_object_is_type(o, json_type_object))
		type = field_needed(&r, "type");
	else
		field_wrong(&r, "credentials", "not a JSON object");
	for (i = 0; i < n; i++)
		if (type != NULL && strcmp(types[i].name, type) == 0)
			break;
	if (type != NULL && (i == n || types[i].read == NULL)) {
		why = text_line(type);
		warnx("%s: credentials of the type %.100s are not %s", what,
		    why, i == n ? "known" : "supported");
		r.failed = true;
		free(why);
	}
	if (!r.failed) {
		c->type = types[i].type;
		read_common(&r, c);
		types[i].read(&r, c);
		c->origin = xasprintf("%s (%s)", what, type);
	}
	free(type);
	if (!r.failed)
		return c;
	creds_free(c);
	return NULL;
}

struct creds *
creds_parse(json_object *o, const char *what)
{
	return parse(o, what, 1);
}

void
creds_free(struct creds *c)
{
	if (c == NULL)
		return;
	free(c->origin);
	free(c->account);
	free(c->quota_project);
	free(c->universe);
	free(c->token_url);
	free(c->impersonation_url);
	free(c->key_id);
	free(c->client_id);
	free(c->audience);
	free(c->subject_type);
	free(c->subject_file);
	free(c->subject_field);
	free(c->user_project);
	jwt_key_free(c->key);
	secret_free(c->client_secret);
	secret_free(c->refresh_token);
	list_free(&c->delegates);
	creds_free(c->source);
	free(c);
}
