/* What a version of gitaly-backup is able to do. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/text.h"
#include "git/gitaly_backup_era.h"
#include "proc/child.h"

#define PREFIX "Gitaly Backup, version "
#define TOLD_MAX 200 /* bytes of a version that is none, in a message */

static bool
since(const struct gitaly_backup_era *e, int major, int minor)
{
	return e->major > major || (e->major == major && e->minor >= minor);
}

/* Reads a number of at most four digits, which *p is moved behind. */
static int
number(const char **p)
{
	size_t n = strspn(*p, "0123456789"), i;
	int v = 0;

	if (n == 0 || n > 4)
		return -1;
	for (i = 0; i < n; i++)
		v = v * 10 + (*p)[i] - '0';
	*p += n;
	return v;
}

int
gitaly_backup_era_parse(const char *text, struct gitaly_backup_era *e)
{
	const char *p = strstr(text, PREFIX);

	memset(e, 0, sizeof(*e));
	if (p == NULL || (p != text && p[-1] != '\n'))
		return -1;
	p += strlen(PREFIX);
	p += *p == 'v';
	e->major = number(&p);
	if (e->major == -1 || *p++ != '.')
		return -1;
	e->minor = number(&p);
	if (e->minor == -1)
		return -1;
	/* "19.0.0-rc1", "17.5.0-3-gabcdef", "18.2.1-ee" */
	if (*p == '.' && p++ != NULL)
		e->patch = number(&p);
	if (e->patch == -1 || strchr("-+ \r\n", *p) == NULL)
		return -1;
	e->manifests = since(e, 16, 10);
	e->attributes = e->major == 17 && e->minor == 0;
	e->adds_unchanged = since(e, 17, 3);
	e->adds_missing = since(e, 17, 6);
	e->old_layouts = !since(e, 18, 10);
	return 0;
}

/* Has the version been understood, and is it one that we know? */
static int
check(const char *program, const char *text, const struct gitaly_backup_era *e)
{
	struct buf line = {NULL, 0, 0};

	if (e == NULL) {
		text_fold(&line, text, strnlen(text, TOLD_MAX));
		warnx("%s --version: not a version: \"%s\"", program,
		    buf_str(&line));
		buf_free(&line);
		return -1;
	}
	if (since(e, 16, 7))
		return 0;
	warnx("%s: version %d.%d.%d is too old: 16.7 is the oldest that can be "
	      "used; see --engine=git",
	    program, e->major, e->minor, e->patch);
	return -1;
}

int
gitaly_backup_era_ask(const char *program, struct gitaly_backup_era *e)
{
	struct list argv = {NULL, 0};
	struct child_spec spec = CHILD_SPEC(NULL);
	struct buf text = {NULL, 0, 0};
	char how[64];
	int status = -1;

	list_add(&argv, program);
	list_add(&argv, "--version");
	spec.argv = argv.v;
	spec.in = open("/dev/null", O_RDONLY | O_CLOEXEC); /* not the list */
	if (spec.in == -1)
		warn("/dev/null");
	else
		status = child_run(&spec, &text, NULL, IO_SIZE);
	if (spec.in != -1)
		close(spec.in);
	if (status > 0)
		warnx("%s --version: %s", program,
		    child_describe(status, how, sizeof(how)));
	if (status == 0)
		status = check(program, buf_str(&text),
		    gitaly_backup_era_parse(buf_str(&text), e) == 0 ? e : NULL);
	list_free(&argv);
	buf_free(&text);
	return status == 0 ? 0 : -1;
}

const char *
gitaly_backup_era_layout(const struct gitaly_backup_era *e, bool old)
{
	if (!e->old_layouts)
		return NULL;
	return old || !e->manifests ? "pointer" : "manifest";
}
