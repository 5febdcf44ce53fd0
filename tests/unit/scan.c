/* What of a dump reaches psql, whatever the pieces it comes in. */
/* SPDX-License-Identifier: MIT */
#undef NDEBUG
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "db/scan.h"

#define END "--\n-- PostgreSQL database dump complete\n--\n\n"
#define ON "\\unrestrict K\n\\set ON_ERROR_STOP on\n\\restrict K\n"
#define OFF "\\unrestrict K\n\\set ON_ERROR_STOP off\n\\restrict K\n"

static struct scan_options plain = {150000, "K", 1000};

/* Scans in pieces of n bytes.  Returns scan_add()'s and scan_end()'s. */
static int
scan(struct scan *s, const char *in, size_t len, size_t n, struct buf *out)
{
	size_t i;

	for (i = 0; i < len; i += n)
		if (scan_add(s, in + i, n < len - i ? n : len - i, out) == -1)
			return -1;
	return scan_end(s, out);
}

static const size_t pieces[] = {1, 2, 3, 7, 64, 1000000};
#define PIECES (sizeof(pieces) / sizeof(pieces[0]))

static void
passes_with(const struct scan_options *o, const char *in, const char *want,
    int complete)
{
	struct buf out = {NULL, 0, 0};
	struct scan *s;
	size_t i;

	for (i = 0; i < PIECES; i++) {
		buf_reset(&out);
		s = scan_new(o);
		if (scan(s, in, strlen(in), pieces[i], &out) != 0 ||
		    strcmp(buf_str(&out), want) != 0 ||
		    scan_complete(s) != complete) {
			fprintf(stderr, "%s\ngave (%s)\n%s\n", in,
			    scan_reason(s), buf_str(&out));
			assert(0);
		}
		scan_free(s);
	}
	buf_free(&out);
}

static void
passes(const char *in, const char *want)
{
	passes_with(&plain, in, want, 0);
}

static void
same(const char *in)
{
	passes(in, in);
}

/* Refused with this reason, the line being psql's business no more. */
static void
refused_with(const struct scan_options *o, const char *in, const char *why)
{
	struct buf out = {NULL, 0, 0};
	struct scan *s;
	size_t i;

	for (i = 0; i < PIECES; i++) {
		buf_reset(&out);
		s = scan_new(o);
		if (scan(s, in, strlen(in), pieces[i], &out) != -1 ||
		    strcmp(scan_reason(s), why) != 0 ||
		    strstr(buf_str(&out), "evil") != NULL) {
			fprintf(stderr, "%s\ngave (%s)\n%s\n", in,
			    scan_reason(s), buf_str(&out));
			assert(0);
		}
		scan_free(s);
	}
	buf_free(&out);
}

static void
refused(const char *in, const char *why)
{
	refused_with(&plain, in, why);
}

static void
test_quotes(void)
{
	same("SELECT '\\! x', E'a\\'\\\\', \"\\q\", $$\\! '$$, $a$ $$ \\ "
	     "$b$a$;\n");
	same("SELECT 'it''s \\', E'a''b\\'\\! c', U&'\\0041';\n");
	same("-- \\! in a comment\nSELECT 1; /* \\! /* '\\q */ \\g */\n");
	same("SELECT 'two\n\\! lines\n', $x$\n\\q\n$$\n$x\n$x$;\n");
	same("SELECT a$b, a$$b, $1, 'e' FROM \"E\";\n");
	same("SELECT 'x'::text, b::\"c\" - 1 / 2;\n");
	same("SELECT '';\nSELECT E'\\\\';\nSELECT '\\';\n");
	same("CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN "
	     "a THEN 1 END; END;\nSELECT 1;\n");
	same("CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2);\n");
}

static void
test_refused(void)
{
	const char command[] = "line 1: a command to psql";
	const char transactions[] = "line 1: a statement about transactions";

	refused("\\! evil\n", command);
	refused("SELECT 1 \\g evil\n", command);
	refused("SELECT 'a'; \\o evil\n", command);
	refused("SELECT '\\'; \\! evil\n", command);
	refused("SELECT E'\\''; \\! evil\n", command);
	refused("SELECT E'a''\\''; \\! evil\n", command);
	refused("SELECT $a$ $a$; \\! evil\n", command);
	refused("SELECT $$$a$$; \\! evil\n", command);
	refused("/* /* */ */ \\! evil\n", command);
	refused("SELECT 1 -- '\n\\! evil\n", "line 2: a command to psql");
	refused("SELECT a$$ \\! evil $$\n", command);
	refused("SELECT e$a\\! evil\n", command);
	refused("\\restrict x;evil\n", command);
	refused("\\copy evil\n", command);
	refused("COMMIT AND CHAIN;\n", transactions);
	refused("SELECT 1; commit;\n", transactions);
	refused("/* x */ rollback;\n", transactions);
	refused("  END;\n", transactions);
	refused("SELECT 1;\n\nSAVEPOINT x;\n",
	    "line 3: a statement about transactions");
	refused("SELECT 1$$\\! evil$$;\n", "line 1: a dollar behind a number");
	refused("SELECT $1$$\\! evil$$;\n", "line 1: a dollar behind a number");
	refused("SELECT 1E'\\';\n", "line 1: a quote behind a number");
	refused("SELECT E'a'\n'b\\';\n", "line 2: a string in two parts");
	refused("SELECT E'a' -- x\n'b\\';\n", "line 2: a string in two parts");
	refused("SET standard_conforming_strings = off;\n",
	    "line 1: a change of standard_conforming_strings");
}

static void
test_copy(void)
{
	const char form[] = "line 1: COPY of another form than pg_dump's";

	passes(
	    "COPY a.b (c) FROM stdin;\n\\! x\n\\.x\n\\N\n\n'\n--\n\\.\nSELECT "
	    "1;\n",
	    ON "COPY a.b (c) FROM stdin;\n\\! x\n\\.x\n\\N\n\n'\n--\n\\.\n" OFF
	       "SELECT 1;\n");
	passes("COPY a FROM stdin;\n\\.\n", ON "COPY a FROM stdin;\n\\.\n" OFF);
	passes("COPY a FROM stdin;\n" END, ON "COPY a FROM stdin;\n" END);
	refused("COPY a FROM PROGRAM 'evil';\n", form);
	refused("COPY a FROM stdin; SELECT evil;\n", form);
	refused("COPY a FROM STDIN;\nevil\n", form);
	refused("SELECT 1; COPY a FROM stdin;\nevil\n", form);
	refused(" COPY a FROM stdin;\nevil\n", form);
	refused("COPY a FROM stdin;\nx\n\\.\n\\! evil\n",
	    "line 4: a command to psql");
	refused("COPY a FROM stdin;\nx\n\\.\r\n\\! evil\n",
	    "line 4: a command to psql");
}

static void
test_lines(void)
{
	struct scan_options newer = {170000, "K", 1000};
	struct scan_options old = {150000, NULL, 1000};
	struct scan_options small = {150000, "K", 4};
	char line[600];

	passes(
	    "\\restrict aB9\nSET transaction_timeout = 0;\nDROP EXTENSION IF "
	    "EXISTS pg_trgm;\nBEGIN;\nCOMMIT;\nDROP SCHEMA IF EXISTS "
	    "public;\nCREATE SCHEMA public;\n\\unrestrict aB9\n",
	    "\n\n\n\n\n\n\n\n");
	passes_with(&newer, "SET transaction_timeout = 0;\n",
	    "SET transaction_timeout = 0;\n", 0);
	/* Inside of something they are not those lines. */
	same("SELECT '\nSET transaction_timeout = 0;\nBEGIN;\n\\restrict x\n'"
	     ";\n");
	same("SET transaction_timeout = 0; SELECT 1;\n");
	same("DROP EXTENSION a; SELECT 1;\n");
	same("SET standard_conforming_strings = on;\n");
	passes_with(&old, "SELECT a::text, b[1:2];\nCOPY a FROM stdin;\n\\.\n",
	    "SELECT a::text, b[1:2];\n\\set ON_ERROR_STOP on\nCOPY a FROM "
	    "stdin;\n\\.\n\\set ON_ERROR_STOP off\n",
	    0);
	refused_with(&old, "SELECT :x;\n", "line 1: a variable of psql");
	refused_with(&old, "SELECT :'x';\n", "line 1: a variable of psql");
	passes_with(&small,
	    "-- x\nCREATE TABLE a ();\n-- y\nDROP TABLE b;\nSELECT 1;\n",
	    "-- x\nCREATE TABLE a ();\n-- y\nCOMMIT;\nBEGIN;\nDROP TABLE "
	    "b;\nSELECT 1;\n",
	    0);
	memset(line, 'x', sizeof(line));
	line[0] = '-';
	line[1] = '-';
	line[sizeof(line) - 2] = '\n';
	line[sizeof(line) - 1] = '\0';
	same(line);
}

static void
test_complete(void)
{
	struct scan_options o = plain;
	struct scan *s;
	struct buf out = {NULL, 0, 0};

	passes_with(&o, "SELECT 1;\n" END, "SELECT 1;\n" END, 1);
	passes_with(&o, "-- PostgreSQL database dump complete",
	    "-- PostgreSQL database dump complete\n", 1);
	passes_with(&o, END "\\unrestrict K\n", END "\n", 1);
	passes_with(&o, END "SELECT 1;\n", END "SELECT 1;\n", 0);
	passes_with(&o, END "SELECT", END "SELECT\n", 0);
	passes_with(&o, END "/*", END "/*\n", 0);
	passes_with(&o, "SELECT '\n" END, "SELECT '\n" END, 0);
	passes_with(&o, "-- PostgreSQL database dump complet",
	    "-- PostgreSQL database dump complet\n", 0);
	s = scan_new(&o);
	assert(scan_add(s, "SELECT '\0';\n", 12, &out) == -1);
	assert(strcmp(scan_reason(s), "line 1: a byte of zero") == 0);
	assert(out.len == 0);
	scan_free(s);
	s = scan_new(&o);
	assert(scan(s, "SELECT 1;\nSELECT 2; SELECT 3;\n", 30, 30, &out) == 0);
	assert(scan_statements(s) == 3 && scan_statements(s) == 0);
	scan_free(s);
	buf_free(&out);
}

int
main(void)
{
	test_quotes();
	test_refused();
	test_copy();
	test_lines();
	test_complete();
	return 0;
}
