/* One HTTP request and its answer, by libcurl. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <curl/curl.h>

#include "base/alloc.h"
#include "base/prog.h"
#include "base/text.h"
#include "gcp/endpoint.h"
#include "gcp/http.h"
#include "gcp/receive.h"
#include "gcp/secret.h"
#include "proc/run.h"

#define CONNECT_TIMEOUT 20000L /* ms */
#define STALLED 30L /* s without a byte */
#define LOOK 250 /* ms between two looks for a signal */

struct http {
	CURL *curl;
	CURLM *multi;
	bool hurried;
	int64_t deadline; /* of clock_ms(), if hurried */
};

/* A request on its way. */
struct exchange {
	const struct http_request *r;
	struct http_answer *a;
	struct curl_slist *headers;
	struct receiver in;
	char error[CURL_ERROR_SIZE];
};

static int64_t
clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

struct http *
http_open(void)
{
	struct http *h;

	if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, malloc, secret_release,
		secret_resize, strdup, calloc) != CURLE_OK) {
		warnx("libcurl: cannot be used");
		return NULL;
	}
	h = xcalloc(1, sizeof(*h));
	h->curl = curl_easy_init();
	h->multi = curl_multi_init();
	if (h->curl != NULL && h->multi != NULL)
		return h;
	warnx("libcurl: cannot be used");
	http_close(h);
	return NULL;
}

void
http_close(struct http *h)
{
	if (h == NULL)
		return;
	curl_easy_cleanup(h->curl);
	curl_multi_cleanup(h->multi);
	curl_global_cleanup();
	free(h);
}

void
http_hurry(struct http *h, int64_t ms)
{
	h->hurried = true;
	h->deadline = clock_ms() + ms;
}

bool
http_hurried(const struct http *h)
{
	return h->hurried;
}

void
http_headers_free(struct list *headers)
{
	size_t i;

	for (i = 0; i < headers->n; i++)
		explicit_bzero(headers->v[i], strlen(headers->v[i]));
	list_free(headers);
}

void
http_answer_free(struct http_answer *a)
{
	if (a->body.data != NULL)
		explicit_bzero(a->body.data, a->body.size);
	buf_free(&a->body);
	free(a->why);
	memset(a, 0, sizeof(*a));
}

/*
 * Called when the connection stands and the request is about to be sent.
 * libcurl would send any request again when a connection that had been kept
 * open turns out dead: not one that must not arrive twice.
 */
static int
about_to_send(void *arg, char *a, char *b, int c, int d)
{
	struct exchange *x = arg;

	(void)a;
	(void)b;
	(void)c;
	(void)d;
	if (x->a->arrived && x->r->once)
		return CURL_PREREQFUNC_ABORT;
	x->a->arrived = true;
	return CURL_PREREQFUNC_OK;
}

static void
set_limits(const struct http *h, CURL *c, const struct http_request *r)
{
	int64_t ms = r->timeout > 0 ? r->timeout : HTTP_TIMEOUT, left;

	if (h->hurried) {
		left = h->deadline - clock_ms();
		ms = left < 1 ? 1 : left < ms ? left : ms;
	}
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)ms);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, STALLED);
}

/* The variables that curl(1) heeds; libcurl does not by itself. */
static void
set_trust(CURL *c)
{
	const char *file = getenv("CURL_CA_BUNDLE");
	const char *dir = getenv("SSL_CERT_DIR");

	if (file == NULL || *file == '\0')
		file = getenv("SSL_CERT_FILE");
	if (file != NULL && *file != '\0') {
		curl_easy_setopt(c, CURLOPT_CAINFO, file);
		curl_easy_setopt(c, CURLOPT_PROXY_CAINFO, file);
	}
	if (dir != NULL && *dir != '\0') {
		curl_easy_setopt(c, CURLOPT_CAPATH, dir);
		curl_easy_setopt(c, CURLOPT_PROXY_CAPATH, dir);
	}
	curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
}

/* Where it goes, and by which ways it may get there. */
static void
set_way(CURL *c, const struct http_request *r)
{
	const char *protocol = endpoint_https(r->url) ? "https" : "http";

	curl_easy_setopt(c, CURLOPT_URL, r->url);
	curl_easy_setopt(c, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, protocol);
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	/* One request at a time: HTTP/2 has nothing to give, and GOAWAY. */
	curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	if (r->direct || endpoint_loopback(r->url))
		curl_easy_setopt(c, CURLOPT_PROXY, "");
	curl_easy_setopt(c, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	curl_easy_setopt(c, CURLOPT_FRESH_CONNECT, r->once ? 1L : 0L);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	/* A name server that is silent is not to hold up our end. */
	curl_easy_setopt(c, CURLOPT_QUICK_EXIT, 1L);
}

static void
set_request(CURL *c, struct exchange *x)
{
	const struct http_request *r = x->r;
	size_t i;

	for (i = 0; i < r->headers.n; i++)
		x->headers = curl_slist_append(x->headers, r->headers.v[i]);
	x->headers = curl_slist_append(x->headers, "Accept: application/json");
	x->headers = curl_slist_append(x->headers, "Expect:");
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, x->headers);
	curl_easy_setopt(
	    c, CURLOPT_USERAGENT, "gitlab-backup-cli/" GLB_VERSION);
	if (r->body != NULL) {
		curl_easy_setopt(c, CURLOPT_POSTFIELDS, r->body);
		curl_easy_setopt(
		    c, CURLOPT_POSTFIELDSIZE, (long)strlen(r->body));
	} else if (strcmp(r->method, "POST") == 0) {
		curl_easy_setopt(c, CURLOPT_POSTFIELDS, "");
		curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE, 0L);
	}
	curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, r->method);
	curl_easy_setopt(c, CURLOPT_PREREQFUNCTION, about_to_send);
	curl_easy_setopt(c, CURLOPT_PREREQDATA, x);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, x->error);
}

/* Sends and receives.  Returns 0 with *code, or -1 for a signal. */
static int
transfer(struct http *h, CURLcode *code)
{
	int running = 1, n;
	CURLMsg *m;

	*code = CURLE_FAILED_INIT;
	if (curl_multi_add_handle(h->multi, h->curl) != CURLM_OK)
		return 0;
	while (running > 0 && (h->hurried || run_signal() == 0) &&
	    curl_multi_perform(h->multi, &running) == CURLM_OK && running > 0)
		curl_multi_poll(h->multi, NULL, 0, LOOK, NULL);
	while ((m = curl_multi_info_read(h->multi, &n)) != NULL)
		if (m->msg == CURLMSG_DONE)
			*code = m->data.result;
	curl_multi_remove_handle(h->multi, h->curl);
	return running > 0 && !h->hurried && run_signal() != 0 ? -1 : 0;
}

/* What went wrong: a word, and one line in fresh memory. */
static char *
explain(const struct exchange *x, CURLcode code, const char **word)
{
	const char *s = *x->error != '\0' ? x->error : curl_easy_strerror(code);
	char *line, *all;

	*word = "UNREACHABLE";
	if (x->in.too_long) {
		*word = "MALFORMED";
		return xasprintf("an answer of more than %zu bytes", x->in.max);
	}
	/* libcurl shows the proxy's URL, with its password. */
	if (strcasestr(s, "unsupported proxy") != NULL) {
		*word = "FAILED_PRECONDITION";
		return xstrdup("the proxy's URL is not understood");
	}
	line = text_line(s);
	if (code == CURLE_SSL_CACERT_BADFILE)
		*word = "UNTRUSTED";
	if (code != CURLE_PEER_FAILED_VERIFICATION)
		return line;
	*word = "UNTRUSTED";
	all = xasprintf("%s (SSL_CERT_FILE may name its authority)", line);
	free(line);
	return all;
}

static void
conclude(struct http *h, struct exchange *x, CURLcode code)
{
	struct http_answer *a = x->a;
	long status = 0;

	if (code == CURLE_OK)
		curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &status);
	a->status = (int)status;
	if (a->status == 0)
		a->why = explain(x, code, &a->word);
}

int
http_send(struct http *h, const struct http_request *r, struct http_answer *a)
{
	struct exchange x;
	CURLcode code;
	int rc;

	memset(a, 0, sizeof(*a));
	memset(&x, 0, sizeof(x));
	x.r = r;
	x.a = a;
	curl_easy_reset(h->curl);
	set_limits(h, h->curl, r);
	set_trust(h->curl);
	set_way(h->curl, r);
	set_request(h->curl, &x);
	receive_start(h->curl, &x.in, a, r->max > 0 ? r->max : HTTP_MAX);
	rc = transfer(h, &code);
	receive_end(&x.in);
	if (rc == 0)
		conclude(h, &x, code);
	curl_easy_reset(h->curl);
	curl_slist_free_all(x.headers);
	return rc;
}
