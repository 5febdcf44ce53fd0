/* Unit tests of lib/gcp/answer.c: what answers mean, whatever is in them. */
/* SPDX-License-Identifier: MIT */
#undef NDEBUG
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "gcp/answer.h"

#define GOOGLE(members) "{\"error\":{" members "}}"

/* Asserts "STATUS|REASON|MESSAGE" of an answer. */
static void
check(int http, const char *body, const char *want)
{
	struct api_answer ans;
	char *got;

	memset(&ans, 0, sizeof(ans));
	answer_judge(&ans, http, body, strlen(body));
	assert(asprintf(&got, "%s|%s|%s", ans.status, ans.reason,
		   ans.message != NULL ? ans.message : "") != -1);
	if (strcmp(got, want) != 0)
		fprintf(stderr, "%s\ngives %s\nnot   %s\n", body, got, want);
	assert(strcmp(got, want) == 0);
	assert((ans.body != NULL) == (*ans.status == '\0'));
	assert(ans.http == http);
	free(got);
	api_answer_free(&ans);
}

static void
test_google(void)
{
	check(404,
	    GOOGLE("\"code\":404,\"message\":\"gone\","
		   "\"status\":\"NOT_FOUND\""),
	    "NOT_FOUND||404 NOT_FOUND: gone");
	/* The word decides, not the number. */
	check(409, GOOGLE("\"status\":\"ALREADY_EXISTS\""),
	    "ALREADY_EXISTS||409 ALREADY_EXISTS");
	check(400, GOOGLE("\"status\":\"FAILED_PRECONDITION\""),
	    "FAILED_PRECONDITION||400 FAILED_PRECONDITION");
	check(403,
	    GOOGLE("\"message\":\"no\",\"details\":[1,{\"x\":2},"
		   "{\"reason\":\"SERVICE_DISABLED\"}]"),
	    "PERMISSION_DENIED|SERVICE_DISABLED|"
	    "403 PERMISSION_DENIED: no (SERVICE_DISABLED)");
	check(404,
	    GOOGLE("\"code\":404,\"message\":\"m\","
		   "\"errors\":[{\"reason\":\"notFound\"}]"),
	    "NOT_FOUND|notFound|404 NOT_FOUND: m (notFound)");
}

static void
test_oauth(void)
{
	check(400,
	    "{\"error\":\"invalid_grant\","
	    "\"error_description\":\"Invalid JWT Signature.\"}",
	    "INVALID_ARGUMENT|invalid_grant|"
	    "400 invalid_grant: Invalid JWT Signature.");
	check(500, "{\"error\":\"server_error\"}",
	    "INTERNAL|server_error|500 server_error");
	check(400, "{\"error\":\"<b>\",\"error_description\":7}",
	    "INVALID_ARGUMENT||400 INVALID_ARGUMENT");
}

static void
test_nonsense(void)
{
	check(502, "<!DOCTYPE html><title>Error 502</title>",
	    "UNAVAILABLE||502 UNAVAILABLE");
	check(503, "", "UNAVAILABLE||503 UNAVAILABLE");
	check(
	    404, "{\"error\":{\"status\":\"NOT_F", "NOT_FOUND||404 NOT_FOUND");
	check(429, "null", "RESOURCE_EXHAUSTED||429 RESOURCE_EXHAUSTED");
	check(401, "[]", "UNAUTHENTICATED||401 UNAUTHENTICATED");
	check(400, GOOGLE("\"status\":5,\"message\":[],\"details\":{}"),
	    "INVALID_ARGUMENT||400 INVALID_ARGUMENT");
	check(400,
	    GOOGLE("\"status\":\"A B\",\"details\":[{\"reason\":\"\\n\"}]"),
	    "INVALID_ARGUMENT||400 INVALID_ARGUMENT");
	check(400, GOOGLE("\"message\":\" a\\n\\tb\\u0007\\u0000c\""),
	    "INVALID_ARGUMENT||400 INVALID_ARGUMENT: a b\\x07");
	check(418, "{}", "UNKNOWN||418 UNKNOWN");
	check(599, "{}", "INTERNAL||599 INTERNAL");
	check(302, "", "UNKNOWN||302 UNKNOWN");
}

static void
test_success(void)
{
	check(200, " {\"a\":1}\r\n", "||");
	check(204, "", "||");
	check(200, "", "MALFORMED||200, but the answer is no JSON object");
	check(200, "[]", "MALFORMED||200, but the answer is no JSON object");
	check(
	    200, "{\"a\":", "MALFORMED||200, but the answer is no JSON object");
	check(200, "{} {}", "MALFORMED||200, but the answer is no JSON object");
	check(
	    200, "<html>", "MALFORMED||200, but the answer is no JSON object");
}

/* A message is shown in part if it is long. */
static void
test_long(void)
{
	struct buf b = {NULL, 0, 0};
	struct api_answer ans;
	size_t i;

	buf_puts(&b, "{\"error\":{\"message\":\"");
	for (i = 0; i < 1000000; i++)
		buf_puts(&b, "<0123456>");
	buf_puts(&b, "\"}}");
	memset(&ans, 0, sizeof(ans));
	answer_judge(&ans, 500, b.data, b.len);
	assert(strlen(ans.message) < 1100);
	assert(strcmp(ans.message + strlen(ans.message) - 3, "...") == 0);
	api_answer_free(&ans);
	buf_free(&b);
}

/* However an answer is cut or damaged, it is judged and nothing else. */
static void
test_damage(void)
{
	static const char body[] =
	    "{\"error\":{\"code\":403,\"message\":\"\\u00e4 \\ud83d\\ude00\","
	    "\"status\":\"PERMISSION_DENIED\",\"details\":[{\"@type\":\"t\","
	    "\"reason\":\"SERVICE_DISABLED\",\"n\":1e999,\"m\":-0.5}]}}";
	struct api_answer ans;
	char copy[sizeof(body)];
	size_t cut, i;
	int http;

	srand(7);
	for (i = 0; i < 20000; i++) {
		cut = (size_t)rand() % sizeof(body);
		http = i % 2 == 0 ? 200 : 403;
		memcpy(copy, body, sizeof(body));
		if (cut < sizeof(body) - 1 && i % 3 == 0)
			copy[cut] = (char)rand();
		memset(&ans, 0, sizeof(ans));
		answer_judge(
		    &ans, http, copy, i % 3 == 0 ? sizeof(body) - 1 : cut);
		assert(ans.status != NULL && ans.reason != NULL);
		assert(*ans.status == '\0' || ans.message != NULL);
		assert(http == 200 || *ans.status != '\0');
		api_answer_free(&ans);
	}
}

static void
test_passing(void)
{
	static const struct {
		int http;
		const char *body;
		bool passing;
	} cases[] = {{408, "", true}, {429, "", true}, {500, "", true},
	    {502, "", true}, {503, "", true}, {504, "", true}, {400, "", false},
	    {401, "", false}, {403, "", false}, {404, "", false},
	    {409, "", false}, {501, "", false}, {200, "", false},
	    {400, "{\"error\":\"temporarily_unavailable\"}", true},
	    {400, "{\"error\":\"invalid_grant\"}", false}};
	struct api_answer ans;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(&ans, 0, sizeof(ans));
		answer_judge(
		    &ans, cases[i].http, cases[i].body, strlen(cases[i].body));
		assert(answer_passing(&ans) == cases[i].passing);
		api_answer_free(&ans);
	}
	memset(&ans, 0, sizeof(ans));
	answer_fail(&ans, "UNREACHABLE", "%s", "x");
	assert(answer_passing(&ans));
	api_answer_free(&ans);
}

int
main(void)
{
	test_google();
	test_oauth();
	test_nonsense();
	test_success();
	test_long();
	test_damage();
	test_passing();
	return 0;
}
