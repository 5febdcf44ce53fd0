/* What a token server answers. */
/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/num.h"
#include "gcp/answer.h"
#include "gcp/token_read.h"

#define DAY 86400
#define SKEW 60 /* s: a difference of the clocks that is worth a word */

/* "Z" or "+01:30" in seconds.  Returns 0, or -1. */
static int
offset(const char *s, int64_t *seconds)
{
	int h, m, n = 0;
	char sign;

	*seconds = 0;
	if (strcmp(s, "Z") == 0 || strcmp(s, "z") == 0)
		return 0;
	if (sscanf(s, "%c%2d:%2d%n", &sign, &h, &m, &n) != 3 || s[n] != '\0' ||
	    (sign != '+' && sign != '-') || h < 0 || m < 0)
		return -1;
	*seconds = (h * 3600 + m * 60) * (sign == '+' ? 1 : -1);
	return 0;
}

int
token_time(const char *s, int64_t *seconds)
{
	struct tm tm;
	const char *end;
	int64_t off;

	memset(&tm, 0, sizeof(tm));
	end = strptime(s, "%Y-%m-%dT%H:%M:%S", &tm);
	if (end == NULL)
		return -1;
	if (*end == '.')
		end += 1 + strspn(end + 1, "0123456789");
	if (offset(end, &off) == -1)
		return -1;
	*seconds = (int64_t)timegm(&tm) - off;
	return 0;
}

/* Is s fit for a header?  As RFC 6750 has it: no space, no line end. */
static bool
usable(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (s[i] <= ' ' || s[i] > '~')
			return false;
	return n > 0;
}

/* How long the token lives, in seconds; what is not said is an hour. */
static int64_t
life(json_object *o)
{
	json_object *v;
	int64_t n = 3600, end;

	if (json_object_object_get_ex(o, "expires_in", &v)) {
		if (json_object_is_type(v, json_type_string)) {
			if (num_parse(json_object_get_string(v), 0, DAY, &n) ==
			    -1)
				n = 3600;
		} else if (json_object_is_type(v, json_type_int) ||
		    json_object_is_type(v, json_type_double)) {
			n = json_object_get_int64(v);
		}
	} else if (json_object_object_get_ex(o, "expireTime", &v) &&
	    json_object_is_type(v, json_type_string) &&
	    token_time(json_object_get_string(v), &end) == 0) {
		n = end - (int64_t)time(NULL);
	}
	return n < 0 ? 0 : n > DAY ? DAY : n;
}

/* Takes the token out of o.  Returns 0, or -1 if there is none. */
static int
take(json_object *o, struct token *t)
{
	json_object *v;
	const char *s;

	if (!json_object_object_get_ex(o, "access_token", &v) &&
	    !json_object_object_get_ex(o, "accessToken", &v))
		return -1;
	if (!json_object_is_type(v, json_type_string))
		return -1;
	s = json_object_get_string(v);
	if (!usable(s, (size_t)json_object_get_string_len(v)))
		return -1;
	t->value = xstrdup(s);
	t->life = life(o);
	return 0;
}

/* What helps, if the server did not like the times of the claims; or "". */
static char *
hint(const struct http_answer *a, const struct api_answer *why)
{
	if (strcmp(why->reason, "invalid_grant") != 0)
		return xstrdup("");
	if (a->skew > SKEW || a->skew < -SKEW)
		return xasprintf("; this machine's clock is %lld s %s",
		    (long long)(a->skew > 0 ? a->skew : -a->skew),
		    a->skew > 0 ? "ahead" : "behind");
	if (strcasestr(why->message, "iat") != NULL)
		return xstrdup("; is this machine's clock right?");
	return xstrdup("");
}

/* Names the place in the message, in which no secret is left. */
static void
explain(const struct secrets *s, const char *url, const struct http_answer *a,
    struct api_answer *why)
{
	struct buf safe = {NULL, 0, 0};
	char *more = hint(a, why);

	buf_printf(&safe, "token from %s: ", url);
	secrets_hide(s, &safe, why->message, strlen(why->message));
	buf_puts(&safe, more);
	free(more);
	free(why->message);
	why->message = buf_take(&safe);
}

int
token_read(struct secrets *s, const char *url, struct http_answer *a,
    struct token *t, struct api_answer *why)
{
	struct buf safe = {NULL, 0, 0};
	int rc = 1;

	if (a->status == 0) {
		answer_fail(why, a->word, "%s", a->why);
	} else if (a->status >= 200 && a->status < 300) {
		answer_judge(why, a->status, buf_str(&a->body), a->body.len);
		if (take(why->body, t) == 0)
			rc = 0;
	} else {
		secrets_hide(s, &safe, buf_str(&a->body), a->body.len);
		answer_judge(why, a->status, buf_str(&safe), safe.len);
		secret_buf_free(&safe);
	}
	if (rc == 0) {
		secrets_add(s, t->value);
		api_answer_free(why);
		return 0;
	}
	if (why->message == NULL) {
		free(why->status);
		free(why->reason);
		answer_fail(why, "MALFORMED", "%d, but no token in the answer",
		    why->http);
	}
	explain(s, url, a, why);
	return 1;
}
