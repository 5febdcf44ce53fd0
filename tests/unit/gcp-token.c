/* Unit tests of lib/gcp: secrets hidden, tokens read, times, waits. */
/* SPDX-License-Identifier: MIT */
#undef NDEBUG
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gcp/answer.h"
#include "gcp/http.h"
#include "gcp/pace.h"
#include "gcp/secret.h"
#include "gcp/token_read.h"

static void
hides(const struct secrets *s, const char *text, const char *want)
{
	struct buf b = {NULL, 0, 0};

	secrets_hide(s, &b, text, strlen(text));
	if (strcmp(buf_str(&b), want) != 0)
		fprintf(stderr, "%s -> %s\n", text, buf_str(&b));
	assert(strcmp(buf_str(&b), want) == 0);
	buf_free(&b);
}

static void
test_hide(void)
{
	struct secrets *s = secrets_new();
	int i;

	secrets_keep(s, "1//refresh-token");
	secrets_keep(s, "short");
	secrets_keep(s, NULL);
	secrets_add(s, "ya29.a0AfH6SMBx-xyz");
	hides(s, "", "");
	hides(s, "nothing here", "nothing here");
	hides(s, "1//refresh-token", "[secret]");
	hides(s, "x1//refresh-tokenx1//refresh-token", "x[secret]x[secret]");
	hides(s, "Bearer ya29.a0AfH6SMBx-xyz!", "Bearer [secret]!");
	hides(s, "cut: ya29.a0AfH6S", "cut: [secret]");
	hides(s, "cut: ya29.a0", "cut: ya29.a0");
	hides(s, "in short", "in short");
	for (i = 0; i < 15; i++)
		secrets_add(s, "another-token");
	hides(s, "ya29.a0AfH6SMBx-xyz", "[secret]");
	/* Those of long ago are no good any more; a file's last for ever. */
	secrets_add(s, "another-token");
	hides(s, "ya29.a0AfH6SMBx-xyz", "ya29.a0AfH6SMBx-xyz");
	hides(s, "1//refresh-token", "[secret]");
	secrets_free(s);
	secrets_free(NULL);
}

static void
test_retry_after(void)
{
	static const struct {
		const char *value;
		int64_t ms;
	} cases[] = {{"0", 0}, {"1", 1000}, {"120", 120000},
	    {"99999999999999999999999", 86400000}, {"", -1}, {"soon", -1},
	    {"-1", -1}, {"1.5", -1}, {"1 s", -1},
	    {"Thu, 01 Jan 2026 00:01:00 GMT", 60000},
	    {"Thursday, 01-Jan-26 00:00:01 GMT", 1000},
	    {"Wed, 31 Dec 2025 23:59:59 GMT", 0},
	    {"Fri, 01 Jan 2038 00:00:00 GMT", 86400000}};
	size_t i;

	/* 1767225600 is 2026-01-01T00:00:00Z. */
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert(http_retry_after(cases[i].value, 1767225600) ==
		    cases[i].ms);
}

static void
test_time(void)
{
	static const char *const bad[] = {"", "2026-01-01",
	    "2026-01-01T00:00:00", "2026-01-01T00:00:00X",
	    "2026-01-01T00:00:00+1", "2026-01-01T00:00:00ZZ", "Z"};
	static const struct {
		const char *s;
		int64_t want;
	} good[] = {{"2026-01-01T00:00:00Z", 1767225600},
	    {"2026-01-01T00:00:00.123456789Z", 1767225600},
	    {"2026-01-01T01:30:00+01:30", 1767225600},
	    {"2025-12-31T19:00:00.5-05:00", 1767225600}};
	int64_t n;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert(token_time(good[i].s, &n) == 0 && n == good[i].want);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert(token_time(bad[i], &n) == -1);
}

/* Reads an answer; returns its token's life, or -1 if it has none. */
static int64_t
life_of(const char *body)
{
	struct secrets *s = secrets_new();
	struct token t = {NULL, -1};
	struct api_answer why;
	struct http_answer a;
	int rc;

	memset(&a, 0, sizeof(a));
	memset(&why, 0, sizeof(why));
	a.status = 200;
	buf_puts(&a.body, body);
	rc = token_read(s, "https://t/", &a, &t, &why);
	assert((rc == 0) == (t.value != NULL));
	if (rc != 0)
		assert(strcmp(why.status, "MALFORMED") == 0 &&
		    strstr(why.message, "https://t/") != NULL);
	http_answer_free(&a);
	api_answer_free(&why);
	secret_free(t.value);
	secrets_free(s);
	return t.life;
}

static void
test_read(void)
{
	static const struct {
		const char *body;
		int64_t life;
	} cases[] = {{"", -1}, {"[]", -1}, {"{\"access_token\":\"a", -1},
	    {"{\"access_token\":5}", -1}, {"{\"access_token\":\"\"}", -1},
	    {"{\"access_token\":\"a b\"}", -1},
	    {"{\"access_token\":\"a\\r\\nX: y\"}", -1},
	    {"{\"access_token\":\"a\\u0000b\"}", -1},
	    {"{\"access_token\":\"a\",\"expires_in\":3599}", 3599},
	    {"{\"access_token\":\"a\",\"expires_in\":\"3598\"}", 3598},
	    {"{\"access_token\":\"a\",\"expires_in\":10.9}", 10},
	    {"{\"access_token\":\"a\",\"expires_in\":-5}", 0},
	    {"{\"access_token\":\"a\",\"expires_in\":1e300}", 86400},
	    {"{\"access_token\":\"a\",\"expires_in\":\"soon\"}", 3600},
	    {"{\"access_token\":\"a\",\"expires_in\":{}}", 3600},
	    {"{\"access_token\":\"a\"}", 3600},
	    {"{\"accessToken\":\"a\",\"expireTime\":\"2001-01-01T00:00:00Z\"}",
		0},
	    {"{\"accessToken\":\"a\",\"expireTime\":\"2099-01-01T00:00:00Z\"}",
		86400},
	    {"{\"accessToken\":\"a\",\"expireTime\":7}", 3600}};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (life_of(cases[i].body) != cases[i].life) {
			fprintf(stderr, "%s\n", cases[i].body);
			abort();
		}
}

/* The message of a refusal that answered body when the clocks differ. */
static void
refusal(int64_t skew, const char *body, const char *want)
{
	struct secrets *s = secrets_new();
	struct api_answer why;
	struct http_answer a;
	struct token t = {NULL, 0};

	secrets_add(s, "eyJhbGciOiJSUzI1NiJ9.e30.c2ln");
	memset(&a, 0, sizeof(a));
	memset(&why, 0, sizeof(why));
	a.status = 400;
	a.skew = skew;
	buf_puts(&a.body, body);
	assert(token_read(s, "https://t/", &a, &t, &why) == 1);
	if (strcmp(why.message, want) != 0)
		fprintf(stderr, "%s\n", why.message);
	assert(strcmp(why.message, want) == 0);
	http_answer_free(&a);
	api_answer_free(&why);
	secrets_free(s);
}

static void
test_refusal(void)
{
	refusal(0,
	    "{\"error\":\"invalid_grant\",\"error_description\":\"Bad.\"}",
	    "token from https://t/: 400 invalid_grant: Bad.");
	refusal(7200,
	    "{\"error\":\"invalid_grant\",\"error_description\":\"Bad.\"}",
	    "token from https://t/: 400 invalid_grant: Bad."
	    "; this machine's clock is 7200 s ahead");
	refusal(-61, "{\"error\":\"invalid_grant\"}",
	    "token from https://t/: 400 invalid_grant"
	    "; this machine's clock is 61 s behind");
	refusal(0,
	    "{\"error\":\"invalid_grant\",\"error_description\":\"Check your "
	    "iat and exp values\"}",
	    "token from https://t/: 400 invalid_grant: Check your iat and exp "
	    "values; is this machine's clock right?");
	/* An assertion that comes back, whole, escaped, or cut. */
	refusal(0,
	    "{\"error\":\"invalid_request\",\"error_description\":"
	    "\"eyJhbGciOiJSUzI1NiJ9.e30.c2ln "
	    "\\u0065yJhbGciOiJSUzI1NiJ9.e30.c2ln eyJhbGciOiJSUz\"}",
	    "token from https://t/: 400 invalid_request: [secret] [secret] "
	    "[secret]");
}

static void
test_pace(void)
{
	int64_t n, before;
	int i;

	for (i = 0; i < 1000; i++) {
		n = pace_jitter(1000);
		assert(n >= 750 && n <= 1250);
	}
	assert(pace_jitter(0) == 0);
	/* A day goes by only while everything stays on this machine. */
	setenv("GLB_TIME_SCALE", "1000000", 1);
	setenv("GLB_STS_ENDPOINT", "http://127.0.0.1:1/", 1);
	before = pace_now();
	assert(pace_wait(86400000) == 0);
	assert(pace_now() - before >= 86400000);
	setenv("GLB_STS_ENDPOINT", "https://example.com/", 1);
	before = pace_now();
	assert(pace_wait(20) == 0);
	n = pace_now() - before;
	assert(n >= 20 && n < 80000);
}

int
main(void)
{
	test_hide();
	test_retry_after();
	test_time();
	test_read();
	test_refusal();
	test_pace();
	return 0;
}
