/* What an answer of Google's means: error bodies, in one line. */
/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "gcp/answer.h"
#include "gcp/secret.h"

#define TEXT_MAX 1000 /* bytes of a message that are shown */

const char *
answer_word(int http)
{
	static const struct {
		int http;
		const char *word;
	} table[] = {{400, "INVALID_ARGUMENT"}, {401, "UNAUTHENTICATED"},
	    {403, "PERMISSION_DENIED"}, {404, "NOT_FOUND"},
	    {408, "DEADLINE_EXCEEDED"}, {409, "ABORTED"}, {410, "NOT_FOUND"},
	    {412, "FAILED_PRECONDITION"}, {416, "OUT_OF_RANGE"},
	    {429, "RESOURCE_EXHAUSTED"}, {499, "CANCELLED"}, {500, "INTERNAL"},
	    {501, "UNIMPLEMENTED"}, {502, "UNAVAILABLE"}, {503, "UNAVAILABLE"},
	    {504, "DEADLINE_EXCEEDED"}};
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].http == http)
			return table[i].word;
	return http >= 500 && http < 600 ? "INTERNAL" : "UNKNOWN";
}

/* The member key if it is a string; else "". */
static const char *
string(json_object *o, const char *key)
{
	json_object *v;

	if (!json_object_is_type(o, json_type_object) ||
	    !json_object_object_get_ex(o, key, &v) ||
	    !json_object_is_type(v, json_type_string))
		return "";
	return json_object_get_string(v);
}

/* The first element's reason, of details or errors. */
static const char *
reason_in(json_object *error, const char *key)
{
	json_object *list;
	const char *s;
	size_t i;

	if (!json_object_object_get_ex(error, key, &list) ||
	    !json_object_is_type(list, json_type_array))
		return "";
	for (i = 0; i < json_object_array_length(list); i++) {
		s = string(json_object_array_get_idx(list, i), "reason");
		if (*s != '\0')
			return s;
	}
	return "";
}

/* s, or as much of it as fits, as one line in fresh memory. */
static char *
shown(const char *s)
{
	struct buf b = {NULL, 0, 0};
	size_t n = strlen(s);

	text_fold(&b, s, n > TEXT_MAX ? TEXT_MAX : n);
	if (n > TEXT_MAX)
		buf_puts(&b, "...");
	return buf_take(&b);
}

/* Is s a word as Google's are?  Then it needs no cleaning. */
static bool
is_word(const char *s)
{
	size_t n = strlen(s);

	return n > 0 && n <= 100 &&
	    strspn(s,
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789_-") == n;
}

/* "403 PERMISSION_DENIED: text (REASON)" */
static void
say(struct api_answer *ans, const char *word, const char *text)
{
	char *line = shown(text);

	ans->message = xasprintf("%d %s%s%s%s%s%s", ans->http, word,
	    *line != '\0' ? ": " : "", line, *ans->reason != '\0' ? " (" : "",
	    ans->reason, *ans->reason != '\0' ? ")" : "");
	free(line);
}

/* {"error":{...}} */
static void
judge_google(struct api_answer *ans, json_object *error)
{
	const char *status = string(error, "status");
	const char *reason = reason_in(error, "details");

	if (*reason == '\0')
		reason = reason_in(error, "errors");
	if (!is_word(status))
		status = answer_word(ans->http);
	ans->status = xstrdup(status);
	ans->reason = xstrdup(is_word(reason) ? reason : "");
	say(ans, status, string(error, "message"));
}

/* {"error":"invalid_grant","error_description":"..."} */
static void
judge_oauth(struct api_answer *ans, json_object *body)
{
	const char *word = string(body, "error");
	char *reason = NULL;

	if (!is_word(word))
		word = answer_word(ans->http);
	else
		reason = xstrdup(word);
	ans->status = xstrdup(answer_word(ans->http));
	ans->reason = xstrdup("");
	say(ans, word, string(body, "error_description"));
	if (reason != NULL) {
		free(ans->reason);
		ans->reason = reason;
	}
}

void
answer_judge(struct api_answer *ans, int http, const char *body, size_t n)
{
	json_object *o = secret_json(body, n), *error;

	ans->http = http;
	if (http >= 200 && http < 300) {
		if (o == NULL && http == 204 && n == 0)
			o = json_object_new_object();
		ans->body = o;
		ans->status = xstrdup(o != NULL ? "" : "MALFORMED");
		ans->reason = xstrdup("");
		if (o == NULL)
			ans->message = xasprintf(
			    "%d, but the answer is no JSON object", http);
		return;
	}
	if (!json_object_object_get_ex(o, "error", &error))
		error = NULL;
	if (json_object_is_type(error, json_type_object))
		judge_google(ans, error);
	else
		judge_oauth(ans, o);
	secret_json_put(o);
}

void
answer_fail(struct api_answer *ans, const char *status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	ans->message = xvasprintf(fmt, ap);
	va_end(ap);
	ans->status = xstrdup(status);
	ans->reason = xstrdup("");
}

bool
answer_passing(const struct api_answer *ans)
{
	static const int http[] = {408, 429, 500, 502, 503, 504};
	static const char *const reasons[] = {
	    "internal_failure", "server_error", "temporarily_unavailable"};
	size_t i;

	for (i = 0; i < sizeof(http) / sizeof(http[0]); i++)
		if (ans->http == http[i])
			return true;
	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (strcmp(ans->reason, reasons[i]) == 0)
			return true;
	return strcmp(ans->status, "UNREACHABLE") == 0;
}

void
api_answer_free(struct api_answer *ans)
{
	free(ans->status);
	free(ans->reason);
	free(ans->message);
	secret_json_put(ans->body);
	memset(ans, 0, sizeof(*ans));
	ans->retry_after = -1;
}
