/* Unit tests of lib/db/copy.c: the fields of COPY's text format. */
/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "db/copy.h"

#define TEN "1\t2\t3\t4\t5\t6\t7\t8\t9\ta"

static const struct {
	const char *line;
	size_t n;
	const char *fields[3]; /* the first three */
} cases[] = {
    {"\n", 1, {""}},
    {"", 1, {""}},
    {"one\n", 1, {"one"}},
    {"a\tb\tc\n", 3, {"a", "b", "c"}},
    {"\t\t\n", 3, {"", "", ""}},
    /* NULL is the field that is \N and nothing else. */
    {"\\N\ta\t\\N\n", 3, {NULL, "a", NULL}},
    {"\\N", 1, {NULL}},
    {"\\\\N\tx\\N\t\\NN\n", 3, {"\\N", "xN", "NN"}},
    /* Each escape, and that its second half is never seen again. */
    {"\\b\\f\\n\\r\\t\\v\n", 1, {"\b\f\n\r\t\v"}},
    {"\\\\t\\\\\\\\n\n", 1, {"\\t\\\\n"}},
    {"a\\tb\tc\n", 2, {"a\tb", "c"}},
    {"\\q\\.\n", 1, {"q."}},
    /* A line that was cut after a backslash keeps it. */
    {"a\\", 1, {"a\\"}},
    {TEN "\t" TEN "\t" TEN "\tb\tc\n", COPY_FIELDS, {"1", "2", "3"}},
    {TEN "\t" TEN "\t" TEN "\tb\tc\td\n", COPY_FIELDS + 1, {"1", "2", "3"}},
};

int
main(void)
{
	char *line, *fields[COPY_FIELDS];
	size_t i, j;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		line = xstrdup(cases[i].line);
		assert(copy_split(line, fields) == cases[i].n);
		for (j = 0; j < cases[i].n && j < 3; j++)
			if (cases[i].fields[j] == NULL)
				assert(fields[j] == NULL);
			else
				assert(
				    strcmp(fields[j], cases[i].fields[j]) == 0);
		free(line);
	}
	return 0;
}
