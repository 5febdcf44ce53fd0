/* What psql says on stderr, judged as it comes. */
/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "db/says.h"

#define LINE_KEPT 2000 /* bytes of a line that are looked at */
#define SHOWN 300 /* bytes of it that a message shows */

/* Severities of what needs no thought, with how psql goes on behind them. */
static const char *const quiet[] = {
    "WARNING:  ", "NOTICE:  ", "INFO:  ", "LOG:  ", "DEBUG:  "};
static const char *const fatal[] = {"ERROR:  ", "FATAL:  ", "PANIC:  "};

/* The length of the one of words that s starts with, or 0. */
static size_t
starts_with_one(const char *s, const char *const *words, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (text_starts(s, words[i]))
			return strlen(words[i]);
	return 0;
}

static bool
is_harmless(const char *message, const char *statement)
{
	bool owner = strstr(statement, " OWNER TO ") != NULL;
	bool rights = text_starts(statement, "GRANT ") ||
	    text_starts(statement, "REVOKE ") ||
	    text_starts(statement, "ALTER DEFAULT PRIVILEGES ");
	bool drop = text_starts(statement, "DROP ") ||
	    (text_starts(statement, "ALTER TABLE ") &&
		(strstr(statement, " DROP CONSTRAINT ") != NULL ||
		    strstr(statement, " DROP DEFAULT;") != NULL ||
		    strstr(statement, " DROP NOT NULL;") != NULL ||
		    strstr(statement, " DROP IDENTITY") != NULL));

	if (text_ends(message, "does not exist"))
		return drop ||
		    (text_starts(message, "role ") && (owner || rights));
	if (strstr(message, "must be owner of ") != NULL)
		return drop || owner || rights ||
		    text_starts(statement, "COMMENT ");
	if (text_starts(message, "must be member of role ") ||
	    text_starts(message, "must be able to SET ROLE "))
		return owner || rights;
	return false;
}

static void
count_harmless(struct says *s, const char *message)
{
	s->harmless++;
	if (s->first == NULL)
		s->first = text_line(message);
}

/* Judges the message that is waiting, with its statement or "". */
static void
judge(struct says *s, const char *statement)
{
	const char *message = buf_str(&s->message);
	struct buf all = {NULL, 0, 0};

	if (s->message.len == 0)
		return;
	if (is_harmless(message, statement)) {
		count_harmless(s, message);
	} else if (s->failed++ < SAYS_MAX) {
		buf_puts(&all, message);
		if (s->context.len > 0)
			buf_printf(
			    &all, " (%.*s)", SHOWN, buf_str(&s->context));
		if (*statement != '\0')
			buf_printf(&all, ": %.*s", SHOWN, statement);
		conn_warn_reason(s->c, buf_str(&all));
	}
	buf_free(&all);
	buf_reset(&s->message);
	buf_reset(&s->context);
}

/* Lines that tell more about the message before. */
static bool
is_more(struct says *s, const char *line)
{
	static const char *const more[] = {
	    "DETAIL:  ", "HINT:  ", "CONTEXT:  "};
	size_t n;

	n = starts_with_one(line, more, sizeof(more) / sizeof(more[0]));
	if (n == 0 || s->message.len == 0)
		return false;
	if (s->context.len > 0)
		buf_puts(&s->context, "; ");
	buf_puts(&s->context, line + n);
	return true;
}

static void
take_line(struct says *s)
{
	static const char tells[] = "STATEMENT:  ", own[] = "psql: error: ";
	const char *line = buf_str(&s->line);
	size_t n;

	if (strcmp(line, s->mark) == 0) {
		judge(s, "");
		s->marked = true;
	} else if (text_starts(line, tells)) {
		judge(s, line + strlen(tells));
	} else if (is_more(s, line)) {
		;
	} else if ((n = starts_with_one(
			line, quiet, sizeof(quiet) / sizeof(quiet[0]))) > 0) {
		judge(s, "");
		/* A notice is no message that anybody waits for. */
		if (text_starts(line, "WARNING"))
			count_harmless(s, line + n);
	} else if ((n = starts_with_one(
			line, fatal, sizeof(fatal) / sizeof(fatal[0]))) > 0 ||
	    text_starts(line, own)) {
		judge(s, "");
		buf_puts(&s->message, line + (n > 0 ? n : strlen(own)));
		/* The session is over: psql may name no statement. */
		if (!text_starts(line, "ERROR"))
			judge(s, "");
	} else if (s->message.len == 0 &&
	    text_starts(line, "invalid command")) {
		buf_puts(&s->message, line);
		judge(s, "");
	}
	/* The rest is the rest of a statement or of its position. */
}

void
says_add(struct says *s, const char *p, size_t n)
{
	const char *end;
	size_t len;

	while (n > 0) {
		end = memchr(p, '\n', n);
		len = end != NULL ? (size_t)(end - p) : n;
		if (s->line.len < LINE_KEPT)
			buf_add(&s->line, p,
			    len < LINE_KEPT - s->line.len
				? len
				: LINE_KEPT - s->line.len);
		if (end == NULL)
			return;
		take_line(s);
		buf_reset(&s->line);
		p += len + 1;
		n -= len + 1;
	}
}

void
says_end(struct says *s)
{
	if (s->line.len > 0)
		says_add(s, "\n", 1);
	judge(s, "");
}

void
says_sum(const struct says *s)
{
	struct buf b = {NULL, 0, 0};

	if (s->harmless == 0)
		return;
	if (s->harmless == 1)
		buf_printf(&b, "1 harmless message: %s", s->first);
	else
		buf_printf(&b, "%llu harmless messages, the first: %s",
		    (unsigned long long)s->harmless, s->first);
	conn_warn_reason(s->c, buf_str(&b));
	buf_free(&b);
}

void
says_free(struct says *s)
{
	free(s->first);
	buf_free(&s->line);
	buf_free(&s->message);
	buf_free(&s->context);
}
