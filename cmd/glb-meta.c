/* glb-meta: the backup directory, its information, sums and durable files. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/opt.h"
#include "base/prog.h"
#include "base/status.h"
#include "store/id.h"
#include "store/info.h"
#include "store/part.h"
#include "store/put.h"
#include "store/show.h"
#include "store/sums.h"
#include "store/verify.h"

struct opts {
	const char *base, *gitlab_version, *id, *known, *mode;
	int64_t time;
	int json, quick;
	struct list only;
};

static const struct opt options[] = {
    {"base", 0, OPT_STRING, offsetof(struct opts, base), "DIR", "sum",
	"take over the sums of what is the same in this other backup", 0, 0,
	NULL},
    {"gitlab-version", 0, OPT_STRING, offsetof(struct opts, gitlab_version),
	"V", "new", "version of the GitLab that is backed up", 0, 0, NULL},
    {"id", 0, OPT_STRING, offsetof(struct opts, id), "ID", "new",
	"id of the backup (default: made of time and version)", 0, 0, NULL},
    {"json", 0, OPT_FLAG, offsetof(struct opts, json), NULL, "show verify",
	"print JSON, one object a line", 0, 0, NULL},
    {"known", 0, OPT_STRING, offsetof(struct opts, known), "FILE", "sum",
	"take over these lines, do not read their files again", 0, 0, NULL},
    {"mode", 0, OPT_STRING, offsetof(struct opts, mode), "MODE", "put",
	"mode of the file, octal (default: 0600)", 0, 0, NULL},
    {"only", 0, OPT_COMMAS, offsetof(struct opts, only), "PART,...", "verify",
	"look at these only: db, repositories, an archive without .tar.gz", 0,
	0, NULL},
    {"quick", 0, OPT_FLAG, offsetof(struct opts, quick), NULL, "verify",
	"compare names and known sizes only", 0, 0, NULL},
    {"time", 0, OPT_NUMBER, offsetof(struct opts, time), "EPOCH", "new",
	"when the backup was made (default: now)", 0, INT64_C(253402300799),
	NULL},
    {0},
};

static const struct opt_verb verbs[] = {
    {"new", "", 0, 0, "write backup_information.json to standard output"},
    {"show", "DIR", 1, 1, "print what the backup in DIR is"},
    {"put", "DIR NAME", 2, 2,
	"store standard input durably as NAME in DIR, print its sum"},
    {"get", "DIR NAME", 2, 2,
	"write NAME of DIR to standard output and check its sum"},
    {"sum", "DIR", 1, 1, "print the lines of SHA256SUMS for DIR"},
    {"verify", "DIR", 1, 1, "look whether the backup in DIR is whole"},
    {0},
};

static const struct opt_program program = {
    .name = "glb-meta",
    .about = "Keep the directory of a GitLab backup.",
    .verbs = verbs,
    .options = options,
};

static int
new_information(const struct opts *o)
{
	time_t t = o->time != -1 ? (time_t)o->time : time(NULL);
	const char *wrong;
	char *id = NULL;

	if (o->gitlab_version == NULL) {
		warnx("new: --gitlab-version is needed");
		return PROG_USAGE;
	}
	if (o->id == NULL)
		id = id_make(t, o->gitlab_version);
	wrong = id_wrong(o->id != NULL ? o->id : id);
	if (wrong != NULL)
		warnx("id %s: %s", o->id != NULL ? o->id : id, wrong);
	else
		info_write(
		    stdout, o->id != NULL ? o->id : id, t, o->gitlab_version);
	free(id);
	return wrong != NULL ? PROG_USAGE : PROG_DONE;
}

/* Reads an octal mode of at most 0777.  Returns 0 or -1. */
static int
parse_mode(const char *s, mode_t *mode)
{
	size_t n = strspn(s, "01234567");

	if (n == 0 || n > 4 || s[n] != '\0')
		return -1;
	*mode = (mode_t)strtoul(s, NULL, 8);
	return *mode <= 0777 ? 0 : -1;
}

static int
put(const struct opts *o, const char *dir, const char *name)
{
	char hex[HASH_HEX];
	mode_t mode;
	int rc;

	if (parse_mode(o->mode, &mode) == -1) {
		warnx("--mode: %s: not an octal mode", o->mode);
		return PROG_USAGE;
	}
	rc = put_file(dir, name, mode, STDIN_FILENO, hex);
	if (rc == PROG_DONE)
		sums_write(stdout, hex, name);
	return rc;
}

static int
verify(const struct opts *o, const char *dir)
{
	size_t i;

	for (i = 0; i < o->only.n; i++)
		if (!part_ok(o->only.v[i])) {
			warnx("--only: %s: not db, repositories, or the name "
			      "of an archive without .tar.gz",
			    o->only.v[i]);
			return PROG_USAGE;
		}
	return verify_backup(dir, &o->only, o->quick, o->json);
}

static int
run(const struct opts *o, const char *verb, char **args)
{
	if (strcmp(verb, "new") == 0)
		return new_information(o);
	if (strcmp(verb, "show") == 0)
		return show_backup(args[0], o->json);
	if (strcmp(verb, "sum") == 0)
		return sums_tree(args[0], o->known, o->base, stdout);
	if (strcmp(verb, "verify") == 0)
		return verify(o, args[0]);
	if (!put_name_ok(args[1])) {
		warnx("%s: %s: not the name of a file of a backup", verb,
		    args[1]);
		return PROG_USAGE;
	}
	if (strcmp(verb, "put") == 0)
		return put(o, args[0], args[1]);
	return put_get(args[0], args[1], STDOUT_FILENO);
}

int
main(int argc, char *argv[])
{
	struct opts o = {.mode = "0600", .time = -1};
	const struct opt_verb *verb;
	char **args;
	int rc;

	prog_start();
	rc = opt_parse(&program, argc, argv, &o, &verb, &args);
	if (rc == -1) {
		status_start();
		rc = run(&o, verb->name, args);
		status_end();
	}
	list_free(&o.only);
	return prog_finish(rc);
}
