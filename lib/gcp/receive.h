/* Receiving an HTTP answer from libcurl: bounded, with what we heed of it. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_RECEIVE_H
#define GLB_RECEIVE_H

#include <curl/curl.h>

#include "gcp/http.h"

struct receiver {
	struct http_answer *a;
	size_t max; /* bytes of the body */
	int64_t date; /* what their clock said, or -1 */
	char *retry_after;
	bool too_long; /* it had more than max */
};

/* Makes c put the body and what we heed of the headers into *a. */
void receive_start(
    CURL *c, struct receiver *x, struct http_answer *a, size_t max);

/* Completes *a once the answer is there, or will not come. */
void receive_end(struct receiver *x);

#endif
