/* One HTTP request and its answer, by libcurl. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_HTTP_H
#define GLB_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

#define HTTP_TIMEOUT 60000 /* ms, as Google's own clients wait for a call */
#define HTTP_MAX (8 << 20) /* bytes of an answer */

/*
 * Connections that are kept open.  All memory of libcurl is wiped.  The
 * program ignores SIGPIPE.
 */
struct http;

/* Returns what http_close() frees, or NULL after a warning. */
struct http *http_open(void);
void http_close(struct http *h);

/*
 * From now on signals are not heeded any more, and all requests have until ms
 * milliseconds from now.
 */
void http_hurry(struct http *h, int64_t ms);
bool http_hurried(const struct http *h);

struct http_request {
	const char *method;
	const char *url;
	struct list headers; /* "Name: value"; may hold secrets */
	const char *body; /* NULL: none */
	int64_t timeout; /* ms for everything; 0: HTTP_TIMEOUT */
	size_t max; /* bytes of the answer; 0: HTTP_MAX */
	bool direct; /* never by a proxy: metadata, loopback */
	bool once; /* libcurl, too, is not to send it twice */
};

struct http_answer {
	int status; /* 0: no whole answer came */
	bool arrived; /* false: nobody has seen the request */
	bool flavoured; /* "Metadata-Flavor: Google" was there */
	int64_t retry_after; /* ms; -1: it did not say */
	int64_t skew; /* s our clock is ahead of theirs; 0 if not known */
	struct buf body;
	const char *word; /* status 0: what it is called, as in api_answer */
	char *why; /* status 0: one line for people, without secrets */
};

/*
 * Sends the request; to loopback never by a proxy.  Returns 0 with *a filled,
 * or -1 when run_signal() asked us to end.  Silent.  http_answer_free() in
 * either case, which wipes it.
 */
int http_send(
    struct http *h, const struct http_request *r, struct http_answer *a);
void http_answer_free(struct http_answer *a);

/* Wipes and frees the headers. */
void http_headers_free(struct list *headers);

/*
 * Reads the value of Retry-After, seconds or a date, at the time now.
 * Returns milliseconds, at most a day; -1 if it is neither.
 */
int64_t http_retry_after(const char *value, int64_t now);

#endif
