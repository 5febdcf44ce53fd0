/* One HTTP request and its answer, by libcurl. */
/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <err.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <curl/curl.h>

#include "base/alloc.h"
#include "base/num.h"
#include "base/prog.h"
#include "base/text.h"
#include "gcp/endpoint.h"
#include "gcp/http.h"
#include "proc/run.h"

#define CONNECT_TIMEOUT 20000L /* ms */
#define STALLED 30L /* s without a byte */
#define LOOK 250 /* ms between two looks for a signal */
#define DAY 86400

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
	size_t max;
	int64_t date; /* what their clock said, or -1 */
	char *retry_after;
	bool too_long;
	char error[CURL_ERROR_SIZE];
};

static int64_t
clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/*
 * libcurl's memory has tokens in it: request headers, bodies, buffers of
 * connections.  So it is wiped before it goes back.
 */
static void
wiping_free(void *p)
{
	if (p != NULL)
		explicit_bzero(p, malloc_usable_size(p));
	free(p);
}

static void *
wiping_realloc(void *p, size_t n)
{
	size_t old = p != NULL ? malloc_usable_size(p) : 0;
	void *fresh = malloc(n > 0 ? n : 1);

	if (fresh == NULL)
		return NULL;
	if (p != NULL)
		memcpy(fresh, p, old < n ? old : n);
	wiping_free(p);
	return fresh;
}

struct http *
http_open(void)
{
	struct http *h;

	if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, malloc, wiping_free,
		wiping_realloc, strdup, calloc) != CURLE_OK) {
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

int64_t
http_retry_after(const char *value, int64_t now)
{
	int64_t s;

	if (isdigit((unsigned char)*value)) {
		if (value[strspn(value, "0123456789")] != '\0')
			return -1;
		/* More digits than fit are a long time, too. */
		if (num_parse(value, 0, DAY, &s) == -1)
			s = DAY;
		return s * 1000;
	}
	s = (int64_t)curl_getdate(value, NULL);
	if (s == -1)
		return -1;
	s -= now;
	return (s < 0 ? 0 : s > DAY ? DAY : s) * 1000;
}

/* The answer's body, piece by piece. */
static size_t
take_body(char *p, size_t size, size_t n, void *arg)
{
	struct exchange *x = arg;
	struct buf *b = &x->a->body;

	n *= size;
	if (n > x->max - b->len) {
		x->too_long = true;
		return 0;
	}
	/* Growing would leave copies behind; what is small never grows. */
	if (b->data == NULL)
		buf_reserve(b, x->max < 65536 ? x->max : 65536);
	buf_add(b, p, n);
	return n;
}

/* The value, in fresh memory, if the header line of n bytes is that one. */
static char *
value_of(const char *line, size_t n, const char *name)
{
	size_t len = strlen(name);

	if (n <= len || strncasecmp(line, name, len) != 0 || line[len] != ':')
		return NULL;
	line += len + 1;
	n -= len + 1;
	while (n > 0 && isspace((unsigned char)*line)) {
		line++;
		n--;
	}
	while (n > 0 && isspace((unsigned char)line[n - 1]))
		n--;
	return xstrndup(line, n);
}

static size_t
take_header(char *p, size_t size, size_t n, void *arg)
{
	struct exchange *x = arg;
	char *v;

	n *= size;
	/* Of several answers (100, 200) the last one's count. */
	if (n > 5 && memcmp(p, "HTTP/", 5) == 0) {
		free(x->retry_after);
		x->retry_after = NULL;
		x->a->flavoured = false;
		x->date = -1;
	}
	if ((v = value_of(p, n, "Retry-After")) != NULL) {
		free(x->retry_after);
		x->retry_after = v;
	} else if ((v = value_of(p, n, "Date")) != NULL) {
		x->date = (int64_t)curl_getdate(v, NULL);
		free(v);
	} else if ((v = value_of(p, n, "Metadata-Flavor")) != NULL) {
		x->a->flavoured = strcmp(v, "Google") == 0;
		free(v);
	}
	return n;
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
	const char *protocols = endpoint_https(r->url) ? "https" : "http";

	curl_easy_setopt(c, CURLOPT_URL, r->url);
	curl_easy_setopt(c, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, protocols);
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
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, x);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, x);
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

/* What went wrong, in one line. */
static char *
explain(const struct exchange *x, CURLcode code)
{
	const char *s = *x->error != '\0' ? x->error : curl_easy_strerror(code);
	char *line, *all;

	if (x->too_long)
		return xasprintf("an answer of more than %zu bytes", x->max);
	/* libcurl shows the proxy's URL, with its password. */
	if (strcasestr(s, "unsupported proxy") != NULL)
		return xstrdup("the proxy's URL is not understood");
	line = text_line(s);
	if (code != CURLE_PEER_FAILED_VERIFICATION)
		return line;
	all = xasprintf("%s (SSL_CERT_FILE names other authorities)", line);
	free(line);
	return all;
}

static void
conclude(struct http *h, struct exchange *x, CURLcode code)
{
	struct http_answer *a = x->a;
	long status = 0;
	int64_t now = (int64_t)time(NULL);

	if (code == CURLE_OK)
		curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &status);
	a->status = (int)status;
	if (a->status == 0)
		a->why = code == CURLE_OK ? xstrdup("no HTTP answer")
					  : explain(x, code);
	if (x->date != -1)
		a->skew = now - x->date;
	if (x->retry_after != NULL)
		a->retry_after = http_retry_after(
		    x->retry_after, x->date != -1 ? x->date : now);
}

int
http_send(struct http *h, const struct http_request *r, struct http_answer *a)
{
	struct exchange x;
	CURLcode code;
	int rc;

	memset(a, 0, sizeof(*a));
	a->retry_after = -1;
	memset(&x, 0, sizeof(x));
	x.r = r;
	x.a = a;
	x.max = r->max > 0 ? r->max : HTTP_MAX;
	x.date = -1;
	curl_easy_reset(h->curl);
	set_limits(h, h->curl, r);
	set_trust(h->curl);
	set_way(h->curl, r);
	set_request(h->curl, &x);
	rc = transfer(h, &code);
	if (rc == 0)
		conclude(h, &x, code);
	curl_easy_reset(h->curl);
	curl_slist_free_all(x.headers);
	free(x.retry_after);
	return rc;
}
