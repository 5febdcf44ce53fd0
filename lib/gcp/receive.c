/* Receiving an HTTP answer from libcurl: bounded, with what we heed of it. */
/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/num.h"
#include "gcp/receive.h"

#define DAY 86400
#define ROOM 65536

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
	struct receiver *x = arg;
	struct buf *b = &x->a->body;

	n *= size;
	if (n > x->max - b->len) {
		x->too_long = true;
		return 0;
	}
	/* Growing would leave copies behind; what is small never grows. */
	if (b->data == NULL)
		buf_reserve(b, x->max < ROOM ? x->max : ROOM);
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
	struct receiver *x = arg;
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

void
receive_start(CURL *c, struct receiver *x, struct http_answer *a, size_t max)
{
	memset(x, 0, sizeof(*x));
	x->a = a;
	x->max = max;
	x->date = -1;
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, x);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, x);
}

void
receive_end(struct receiver *x)
{
	int64_t now = (int64_t)time(NULL);

	if (x->date != -1)
		x->a->skew = now - x->date;
	x->a->retry_after = -1;
	if (x->retry_after != NULL)
		x->a->retry_after = http_retry_after(
		    x->retry_after, x->date != -1 ? x->date : now);
	free(x->retry_after);
}
