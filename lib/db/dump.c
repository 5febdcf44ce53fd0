/* One database as SQL, by pg_dump. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "base/prog.h"
#include "base/text.h"
#include "db/aside.h"
#include "db/conn.h"
#include "db/dump.h"
#include "db/objects.h"
#include "proc/child.h"

#define VERSION_MAX 1024 /* bytes of pg_dump --version that may matter */

/* GitLab keeps the partitions of its tables in these. */
static const char *const extra_schemas[] = {
    "gitlab_partitions_dynamic", "gitlab_partitions_static"};

int
dump_program_version(const char *program, struct buf *version)
{
	struct list argv = {NULL, 0};
	struct buf out = {NULL, 0, 0};
	struct child_spec spec;
	const char *number;
	char *line, why[64];
	int status, rc = -1;

	list_add(&argv, program);
	list_add(&argv, "--version");
	spec = (struct child_spec)CHILD_SPEC(argv.v);
	status = child_run(&spec, &out, NULL, VERSION_MAX);
	number = buf_str(&out) + strcspn(buf_str(&out), "0123456789");
	if (status == -1) {
		; /* child_run() has said why */
	} else if (status != 0) {
		warnx("%s --version: %s", program,
		    child_describe(status, why, sizeof(why)));
	} else if (*number == '\0') {
		line = text_line(buf_str(&out));
		warnx("%s --version: no version in \"%s\"", program, line);
		free(line);
	} else {
		buf_add(version, number, strspn(number, "0123456789."));
		rc = 0;
	}
	buf_free(&out);
	list_free(&argv);
	return rc;
}

/*
 * The major version of a number as the server counts: 150018 is 15.18, but
 * 90624 is 9.6.24, whose major version is 9.6.
 */
static int
major_of(int number)
{
	return number >= 100000 ? number / 10000 * 100 : number / 100;
}

/* "9.6" or "15.18" as the server would count it. */
static int
version_number(const char *s)
{
	char *rest;
	long major, minor = 0;

	major = strtol(s, &rest, 10);
	if (*rest == '.')
		minor = strtol(rest + 1, NULL, 10);
	if (major > 9999)
		major = 9999;
	if (minor > 99)
		minor = 99;
	return (int)(major < 10 ? major * 10000 + minor * 100
				: major * 10000 + minor);
}

/* In the middle of a load a dump would hold little of the contents. */
static int
check_whole(struct conn *c)
{
	enum aside_state state;
	int rc = aside_look(c, &state);

	if (rc != PROG_DONE || state != ASIDE_UNFINISHED)
		return rc;
	conn_warn_reason(c,
	    "a load has not ended: if it does not run, run glb-dbdump "
	    "rollback");
	return PROG_FAILED;
}

/*
 * pg_dump refuses a newer server itself, but says so only after it was
 * started; here nothing has been written.
 */
static int
check_server(struct conn *c, const char *pg_dump)
{
	if (major_of(version_number(pg_dump)) >=
	    major_of(PQserverVersion(c->pg)))
		return check_whole(c);
	warnx("pg_dump %s is older than the server %s: put one that is "
	      "not first on PATH",
	    pg_dump, PQparameterStatus(c->pg, "server_version"));
	return PROG_FAILED;
}

static int
check_versions(const struct site_db *db)
{
	struct buf version = {NULL, 0, 0};
	struct conn *c = NULL;
	int rc = PROG_FAILED;

	if (dump_program_version("pg_dump", &version) == 0 &&
	    (c = conn_open(db)) != NULL)
		rc = check_server(c, buf_str(&version));
	conn_close(c);
	buf_free(&version);
	return rc;
}

static void
add_schema(struct list *argv, const char *schema)
{
	list_add(argv, "-n");
	list_add(argv, schema);
}

static void
dump_argv(struct list *argv, const struct site *s, const struct site_db *db,
    const struct dump_options *o)
{
	struct buf operand = {NULL, 0, 0};
	size_t i;

	list_add(argv, "pg_dump");
	list_add(argv, "--clean");
	list_add(argv, "--if-exists");
	/* What a load has replaced is none of the database's contents. */
	list_add(argv, "--exclude-schema=" KEPT_PATTERN);
	if (o->snapshot != NULL)
		list_addf(argv, "--snapshot=%s", o->snapshot);
	for (i = 0; i < o->schemas.n; i++)
		add_schema(argv, o->schemas.v[i]);
	if (o->schemas.n == 0 && s->pg_schema != NULL) {
		add_schema(argv, s->pg_schema);
		for (i = 0; i < sizeof(extra_schemas) / sizeof(char *); i++)
			add_schema(argv, extra_schemas[i]);
	}
	conn_operand(db, &operand);
	list_add(argv, buf_str(&operand));
	buf_free(&operand);
}

int
dump_run(const struct site *s, const struct site_db *db,
    const struct dump_options *o)
{
	struct list argv = {NULL, 0};
	struct child_spec spec;
	char why[64], *name;
	int status, rc;
	pid_t pid;

	rc = check_versions(db);
	if (rc != PROG_DONE)
		return rc;
	dump_argv(&argv, s, db, o);
	spec = (struct child_spec)CHILD_SPEC(argv.v);
	spec.env = &db->env;
	rc = PROG_FAILED;
	pid = child_start(&spec);
	if (pid == -1)
		goto out;
	status = child_wait(pid);
	if (status == 0) {
		rc = PROG_DONE;
		goto out;
	}
	name = text_line(db->name);
	if (status == -1)
		warn("pg_dump of database %s", name);
	else
		warnx("pg_dump of database %s: %s", name,
		    child_describe(status, why, sizeof(why)));
	free(name);
out:
	list_free(&argv);
	return rc;
}

int
dump_server_version(
    const struct site_db *db, const char *pg_dump, struct buf *version)
{
	struct conn *c = conn_open(db);
	const char *s;
	int rc;

	if (c == NULL)
		return PROG_FAILED;
	rc = check_server(c, pg_dump);
	/* "15.4 (Debian 15.4-1)": what is in brackets is the packager's. */
	s = PQparameterStatus(c->pg, "server_version");
	if (rc == PROG_DONE)
		buf_add(version, s, strcspn(s, " "));
	conn_close(c);
	return rc;
}
