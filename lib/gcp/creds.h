/* Credentials as Google's tools leave them: found, read, checked. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_CREDS_H
#define GLB_CREDS_H

#include <json-c/json.h>

#include "base/buf.h"
#include "gcp/jwt.h"

#define CREDS_SCOPE "https://www.googleapis.com/auth/cloud-platform"

enum creds_type {
	CREDS_SERVICE_ACCOUNT,
	CREDS_AUTHORIZED_USER,
	CREDS_EXTERNAL, /* a token of another provider, in a file */
	CREDS_IMPERSONATED,
	CREDS_METADATA /* asked of the machine's metadata server */
};

/* All strings are checked and our own; NULL: not there. */
struct creds {
	enum creds_type type;
	char *origin; /* for people: "FILE (service_account)" */
	char *account; /* e-mail, or "" */
	char *quota_project, *universe;
	char *token_url; /* where tokens are asked for; NULL: of source */
	char *impersonation_url; /* then whose token is asked for there */
	int64_t lifetime; /* s, of an impersonation */

	char *key_id; /* service account */
	struct jwt_key *key;
	char *client_id, *client_secret, *refresh_token; /* user */
	char *audience, *subject_type; /* external */
	char *subject_file, *subject_field; /* field NULL: a text file */
	char *user_project;
	struct list delegates; /* impersonated */
	struct creds *source;
};

/*
 * Looks for credentials in the order of glb-gcs(1), key_file first unless it
 * is NULL; usual is the file that is tried when no variable names one.
 * Returns them, for creds_free(), or NULL after a warning.
 */
struct creds *creds_find(const char *key_file, const char *usual);
void creds_free(struct creds *c);

/*
 * Makes credentials of a file's JSON, which stays the caller's; what names it
 * in warnings.  Returns them, or NULL after a warning.
 */
struct creds *creds_parse(json_object *o, const char *what);

#endif
