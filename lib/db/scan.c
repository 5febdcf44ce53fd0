/* The SQL of a dump on its way to psql: what may pass, what may not. */
/* SPDX-License-Identifier: MIT */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "db/lex.h"
#include "db/scan.h"

#define HELD_MAX 1024 /* bytes; every line that matters is shorter */

static const char closing[] = "-- PostgreSQL database dump complete";
static const char end_of_copy[] = " FROM stdin;";
static const char standard[] = "SET standard_conforming_strings = on;";

/*
 * A line that starts between statements is held until its end, or until it
 * is too long to be one of those that matter.  All others pass byte by byte
 * through the lexer, the rows of a COPY line by line past it.
 */
struct scan {
	const struct scan_options *o;
	const struct scan_watch *watch; /* or NULL */
	struct lex lex;
	bool in_copy; /* among its rows */
	bool copy_line; /* behind "COPY ... FROM stdin;", before its end */
	bool guarded; /* psql was told to stop at an error */
	bool holding;
	struct buf held;
	char row[3]; /* the first bytes of this row */
	size_t row_len;
	bool complete;
	int64_t weight; /* since the transaction began */
	uint64_t statements;
	uint64_t line;
	const char *why;
	struct buf reason;
};

struct scan *
scan_new(const struct scan_options *o)
{
	struct scan *s = xcalloc(1, sizeof(*s));

	s->o = o;
	s->holding = true;
	s->line = 1;
	s->lex.no_colon = o->key == NULL;
	return s;
}

void
scan_free(struct scan *s)
{
	if (s == NULL)
		return;
	buf_free(&s->held);
	buf_free(&s->reason);
	free(s);
}

void
scan_watch(struct scan *s, const struct scan_watch *w)
{
	s->watch = w;
}

static int
refuse(struct scan *s, const char *why)
{
	s->why = why;
	return -1;
}

const char *
scan_reason(struct scan *s)
{
	buf_reset(&s->reason);
	buf_printf(&s->reason, "line %llu: %s", (unsigned long long)s->line,
	    s->why != NULL ? s->why : "");
	return buf_str(&s->reason);
}

int
scan_complete(const struct scan *s)
{
	return s->complete && !s->in_copy && s->lex.state == LEX_TOP &&
	    !s->lex.in_statement;
}

uint64_t
scan_statements(struct scan *s)
{
	uint64_t n = s->statements;

	s->statements = 0;
	return n;
}

void
scan_restrict(struct buf *out, const char *key)
{
	if (key != NULL)
		buf_printf(out, "\\restrict %s\n", key);
}

void
scan_unrestrict(struct buf *out, const char *key)
{
	if (key != NULL)
		buf_printf(out, "\\unrestrict %s\n", key);
}

static void
set_on_error_stop(struct scan *s, bool on, struct buf *out)
{
	scan_unrestrict(out, s->o->key);
	buf_printf(out, "\\set ON_ERROR_STOP %s\n", on ? "on" : "off");
	scan_restrict(out, s->o->key);
	s->guarded = on;
}

/* The line is this word, a name of plain letters, and perhaps a semicolon. */
static bool
is_command(const char *line, const char *word, const char *end)
{
	static const char name[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789_\" -";
	size_t n;

	if (!text_starts(line, word))
		return false;
	line += strlen(word);
	n = strspn(line, name);
	return n > 0 && strcmp(line + n, end) == 0;
}

/* Is the line one of those that psql shall not see? */
static bool
is_dropped(const struct scan *s, const char *line)
{
	static const char *const lines[] = {"BEGIN;", "COMMIT;",
	    "CREATE SCHEMA public;", "DROP SCHEMA public;",
	    "DROP SCHEMA IF EXISTS public;"};
	size_t i;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (strcmp(line, lines[i]) == 0)
			return true;
	if (s->o->server < 170000 &&
	    strcmp(line, "SET transaction_timeout = 0;") == 0)
		return true;
	return is_command(line, "\\restrict ", "") ||
	    is_command(line, "\\unrestrict ", "") ||
	    is_command(line, "DROP EXTENSION ", ";");
}

/* The locks that the statement may take, roughly and rather too many. */
static int64_t
weight(const struct lex *l)
{
	if (strcmp(l->first, "CREATE") == 0)
		return strcmp(l->second, "TABLE") == 0 ? 4 : 2;
	if (strcmp(l->first, "ALTER") == 0)
		return 2;
	if (strcmp(l->first, "SET") == 0 || strcmp(l->first, "DROP") == 0)
		return 0;
	return 1;
}

/*
 * The one form of COPY that pg_dump writes.  psql takes what follows that
 * line for rows.
 */
static int
end_statement(struct scan *s)
{
	const struct lex *l = &s->lex;

	s->statements++;
	s->complete = false;
	s->weight += weight(l);
	if (strcmp(l->first, "COPY") != 0)
		return 0;
	if (memcmp(l->tail, end_of_copy, LEX_TAIL) != 0 || !s->guarded)
		return refuse(s, "COPY of another form than pg_dump's");
	s->copy_line = true;
	return 0;
}

static int
take_byte(struct scan *s, char c)
{
	if (s->copy_line && c != '\n')
		return refuse(s, "COPY of another form than pg_dump's");
	if (lex_byte(&s->lex, c) == -1)
		return refuse(s, s->lex.reason);
	if (s->lex.ended && end_statement(s) == -1)
		return -1;
	if (c != '\n')
		return 0;
	s->line++;
	s->in_copy = s->copy_line;
	s->copy_line = false;
	s->row_len = 0;
	s->holding =
	    !s->in_copy && s->lex.state == LEX_TOP && !s->lex.in_statement;
	return 0;
}

/* A statement starts here: what goes before it. */
static int
before_statement(struct scan *s, struct buf *out)
{
	const char *line = buf_str(&s->held);

	if (s->weight >= s->o->budget) {
		buf_puts(out, "COMMIT;\nBEGIN;\n");
		s->weight = 0;
	}
	if (text_starts(line, "COPY "))
		set_on_error_stop(s, true, out);
	if (strcasestr(line, "standard_conforming_strings") != NULL &&
	    strcmp(line, standard) != 0)
		return refuse(s, "a change of standard_conforming_strings");
	return 0;
}

/* Lets the held line go, without its end. */
static int
release(struct scan *s, bool whole, struct buf *out)
{
	const char *line = buf_str(&s->held);
	size_t i, n = s->held.len;
	int rc = 0;

	s->holding = false;
	if (whole && is_dropped(s, line)) {
		buf_reset(&s->held);
		return 0;
	}
	if (whole && strcmp(line, closing) == 0)
		s->complete = true;
	if (*line != '\0' && !text_starts(line, "--"))
		rc = before_statement(s, out);
	for (i = 0; rc == 0 && i < n; i++)
		rc = take_byte(s, line[i]);
	if (rc == 0)
		buf_add(out, line, n);
	if (rc == 0 && whole && s->copy_line && s->watch != NULL)
		s->watch->copy(s->watch->arg, line);
	buf_reset(&s->held);
	return rc;
}

/* Takes up to the end of the line; *used says how much. */
static int
hold(struct scan *s, const char *p, size_t n, size_t *used, struct buf *out)
{
	const char *end;
	size_t len, room = HELD_MAX - s->held.len;

	end = memchr(p, '\n', n);
	len = end != NULL ? (size_t)(end - p) : n;
	if (len > room) {
		buf_add(&s->held, p, room);
		*used = room;
		return release(s, false, out);
	}
	buf_add(&s->held, p, len);
	*used = len;
	if (end == NULL)
		return 0;
	if (release(s, true, out) == -1)
		return -1;
	*used = len + 1;
	buf_putc(out, '\n');
	return take_byte(s, '\n');
}

/* Passes rows on, up to the end of one; *used says how much. */
static void
rows(struct scan *s, const char *p, size_t n, size_t *used, struct buf *out)
{
	const char *end = memchr(p, '\n', n);
	size_t i, len = end != NULL ? (size_t)(end - p) : n;

	for (i = 0; i < len && s->row_len < sizeof(s->row); i++)
		s->row[s->row_len++] = p[i];
	*used = len + (end != NULL);
	if (s->watch != NULL)
		s->watch->rows(s->watch->arg, p, *used);
	else
		buf_add(out, p, *used);
	if (end == NULL)
		return;
	s->line++;
	/* psql takes a carriage return for a part of the line's end. */
	if (s->row_len > 1 && memcmp(s->row, "\\.", 2) == 0 &&
	    (s->row_len == 2 || (s->row_len == 3 && s->row[2] == '\r'))) {
		s->in_copy = false;
		s->holding = true;
		if (s->watch != NULL)
			s->watch->copy(s->watch->arg, NULL);
		set_on_error_stop(s, false, out);
	}
	s->row_len = 0;
}

/* Statements, up to where holding or rows begin. */
static int
text(struct scan *s, const char *p, size_t n, size_t *used, struct buf *out)
{
	size_t i;

	for (i = 0; i < n && !s->holding && !s->in_copy; i++)
		if (take_byte(s, p[i]) == -1)
			return -1;
	buf_add(out, p, i);
	*used = i;
	return 0;
}

int
scan_add(struct scan *s, const char *p, size_t n, struct buf *out)
{
	size_t used;
	int rc = 0;

	/* psql would not see the rest of such a line. */
	if (memchr(p, '\0', n) != NULL)
		return refuse(s, "a byte of zero");
	while (n > 0 && rc == 0) {
		used = 0;
		if (s->in_copy)
			rows(s, p, n, &used, out);
		else if (s->holding)
			rc = hold(s, p, n, &used, out);
		else
			rc = text(s, p, n, &used, out);
		p += used;
		n -= used;
	}
	return rc;
}

int
scan_end(struct scan *s, struct buf *out)
{
	if (!s->holding || s->held.len == 0)
		return 0;
	if (release(s, true, out) == -1)
		return -1;
	buf_putc(out, '\n');
	return take_byte(s, '\n');
}
