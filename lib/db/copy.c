/* The rows of a query as a stream, by COPY. */
/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/prog.h"
#include "db/copy.h"

static char
unescaped(char c)
{
	static const char letters[] = "bfnrtv", meant[] = "\b\f\n\r\t\v";
	const char *p;

	p = c != '\0' ? strchr(letters, c) : NULL;
	return p != NULL ? meant[p - letters] : c;
}

/*
 * Ends the field that starts at s and removes its escapes.  Returns the start
 * of the next field, or NULL if this is the last one.
 */
static char *
cut_field(char *s)
{
	char *out = s, *next;

	while (*s != '\0' && *s != '\t' && *s != '\n') {
		if (*s == '\\' && s[1] != '\0') {
			s++;
			*out++ = unescaped(*s++);
		} else {
			*out++ = *s++;
		}
	}
	next = *s == '\t' ? s + 1 : NULL;
	*out = '\0';
	return next;
}

/* An escaped backslash before an N is no NULL: so before the unescaping. */
static int
is_null(const char *s)
{
	return s[0] == '\\' && s[1] == 'N' &&
	    (s[2] == '\t' || s[2] == '\n' || s[2] == '\0');
}

size_t
copy_split(char *line, char *fields[COPY_FIELDS])
{
	size_t n = 0;
	char *field;
	int null;

	while (line != NULL) {
		if (n == COPY_FIELDS)
			return COPY_FIELDS + 1;
		null = is_null(line);
		field = line;
		line = cut_field(line);
		fields[n++] = null ? NULL : field;
	}
	return n;
}

/* Reads the rows until their end or until fn has enough. */
static int
read_rows(struct conn *c, size_t n, copy_fn *fn, void *arg)
{
	char *line, *fields[COPY_FIELDS];
	int rc, got;

	while ((got = PQgetCopyData(c->pg, &line, 0)) > 0) {
		memset(fields, 0, sizeof(fields));
		if (strlen(line) == (size_t)got &&
		    copy_split(line, fields) == n) {
			rc = fn(fields, arg);
		} else {
			conn_warn_reason(c, "a row is not as COPY writes it");
			rc = PROG_FAILED;
		}
		PQfreemem(line);
		if (rc != 0)
			return rc;
	}
	if (got != -2)
		return PROG_DONE;
	conn_warn(c);
	return PROG_FAILED;
}

int
copy_rows(struct conn *c, const char *query, size_t n, copy_fn *fn, void *arg)
{
	struct buf sql = {NULL, 0, 0};
	PGresult *r;
	int rc;

	buf_printf(&sql, "COPY (%s) TO STDOUT", query);
	r = conn_query(c, buf_str(&sql));
	buf_free(&sql);
	if (r == NULL)
		return PROG_FAILED;
	PQclear(r);
	rc = read_rows(c, n, fn, arg);
	if (rc != PROG_DONE)
		return rc;
	/* The end of the rows is not success: the server says so now. */
	r = conn_result(c);
	if (r == NULL)
		return PROG_FAILED;
	PQclear(r);
	return PROG_DONE;
}
