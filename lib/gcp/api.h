/* Calls of Google's JSON interfaces: authorised, retried, judged. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_API_H
#define GLB_API_H

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

#include "base/buf.h"

/*
 * Where the answers come from: credentials, endpoints, one connection that is
 * kept open.  Used by one thread.
 */
struct api;

/*
 * Finds the credentials and endpoints (glb-gcs(1)), and asks for nothing yet.
 * key_file is what --service-account-file says, or NULL.  Returns what
 * api_close() frees, or NULL after a warning.
 */
struct api *api_open(const char *key_file);
void api_close(struct api *a);

/*
 * Who will be asked as, for people: the account's e-mail ("" if only a token
 * would tell; a metadata server's is known after the first call), and where it
 * was found: "FILE (service_account)", "VARIABLE: FILE (service_account)",
 * "VARIABLE (service_account)".  Both belong to a.
 */
const char *api_account(const struct api *a);
const char *api_origin(const struct api *a);

/*
 * For the last words after a signal: the calls from now on heed none any more,
 * are not repeated, and have ms milliseconds for all of them.
 */
void api_hurry(struct api *a, int64_t ms);

enum api_service {
	API_TRANSFER, /* Storage Transfer: paths "v1/..." */
	API_STORAGE /* Cloud Storage: paths "storage/v1/..." */
};

enum api_effect {
	API_IDEMPOTENT, /* what may be sent again after any failure */
	API_ONCE, /* never sent again once it may have arrived */
	API_LOOK /* sent once: the caller asks again in its own time */
};

struct api_request {
	enum api_service service;
	enum api_effect effect;
	const char *method; /* "GET", "POST", "PATCH", "DELETE" */
	const char *path; /* after the endpoint's "/", already encoded */
	json_object *body; /* stays the caller's; NULL: none */
};

/*
 * What became of a request.  status is the word that Google decides by
 * ("NOT_FOUND"): of the error's body, else made from the HTTP status; "" if
 * the call succeeded.  If no answer came: "UNREACHABLE", which may pass;
 * "UNTRUSTED", the other end cannot show who it is; "UNAUTHENTICATED", there
 * is no token to ask with.  message is one line for people, without any
 * secret, never NULL when status is not "".
 */
struct api_answer {
	int http; /* 0: no answer came */
	bool arrived; /* false: the service surely has not seen the request */
	int64_t retry_after; /* ms to wait, as it asks; -1: it does not */
	char *status;
	char *reason; /* of the error's ErrorInfo, "SERVICE_DISABLED"; or "" */
	char *message;
	json_object *body; /* an object, of a success only; else NULL */
};

/*
 * Sends the request; an API_IDEMPOTENT one again, after a growing pause or
 * the one that Retry-After asks for, while the failure may pass: no
 * connection, a dropped one, 408, 429, 500, 502, 503, 504; for up to ten
 * minutes.  An API_ONCE one again only if it surely did not arrive.  After a
 * 401 any of them once more with a new token.  Says so once when the pauses
 * come to more than ten seconds.
 *
 * Returns 0 with ans filled (a success whose body is no JSON object,
 * or whose body is longer than 8 MiB, is status "MALFORMED", arrived); -1 when
 * a signal asked us to end (run_signal()).  What came of it the caller says,
 * who knows what was asked.  api_answer_free() in either case.
 */
int api_call(
    struct api *a, const struct api_request *r, struct api_answer *ans);
void api_answer_free(struct api_answer *ans);

/*
 * Appends s percent-encoded for a part of a path (slash true: "/" stays) or of
 * a query.  Only letters, digits and "-._~" stay.
 */
void api_encode(struct buf *out, const char *s, bool slash);

#endif
