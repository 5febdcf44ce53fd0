/* glb-blobs: a directory of blobs as a tar stream, and back. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <string.h>
#include <unistd.h>

#include "base/opt.h"
#include "base/prog.h"
#include "base/status.h"
#include "tar/list.h"
#include "tar/pack.h"
#include "tar/unpack.h"

struct opts {
	struct list exclude;
	const char *on_change;
	const char *existing;
	int allow_missing;
	int json;
};

static const char *const changes[] = {"retry", "warn", "fail", NULL};

static const char *const existings[] = {"fail", "keep", "overwrite", NULL};

static const struct opt options[] = {
    {"allow-missing", 0, OPT_FLAG, offsetof(struct opts, allow_missing), NULL,
	"pack", "a missing DIR is an empty archive", 0, 0, NULL},
    {"exclude", 'x', OPT_LIST, offsetof(struct opts, exclude), "PATTERN",
	"pack", "leave out a path, or a name at any depth", 0, 0, NULL},
    {"existing", 0, OPT_CHOICE, offsetof(struct opts, existing), "ACTION",
	"unpack", "fail, keep or overwrite what is there", 0, 0, existings},
    {"json", 0, OPT_FLAG, offsetof(struct opts, json), NULL, "list",
	"list one JSON object a line", 0, 0, NULL},
    {"on-change", 0, OPT_CHOICE, offsetof(struct opts, on_change), "ACTION",
	"pack", "retry, warn or fail if a file changes", 0, 0, changes},
    {0}};

static const struct opt_verb verbs[] = {
    {"pack", "DIR", 1, 1, "write the tree DIR to stdout as a tar archive"},
    {"unpack", "DIR", 1, 1, "unpack the tar archive on stdin into DIR"},
    {"list", "", 0, 0, "list the members of the tar archive on stdin"}, {0}};

static const struct opt_program program = {"glb-blobs",
    "Turns a directory tree into a tar archive on stdout, and back.", verbs,
    options, NULL};

static int
pack(const struct opts *o, const char *dir)
{
	struct tar_exclude exclude = {{NULL, 0}, {NULL, 0}};
	struct tar_pack p = {dir, &exclude, TAR_CHANGE_RETRY, false};
	int status = PROG_USAGE;
	size_t i;

	if (strcmp(o->on_change, "warn") == 0)
		p.on_change = TAR_CHANGE_WARN;
	else if (strcmp(o->on_change, "fail") == 0)
		p.on_change = TAR_CHANGE_FAIL;
	p.allow_missing = o->allow_missing;
	for (i = 0; i < o->exclude.n; i++)
		if (tar_exclude_add(&exclude, o->exclude.v[i]) == -1)
			goto out;
	if (isatty(STDOUT_FILENO)) {
		warnx("refusing to write to a terminal");
		goto out;
	}
	status_start();
	status = tar_pack(&p, STDOUT_FILENO);
	status_end();
out:
	tar_exclude_free(&exclude);
	return status;
}

static int
unpack(const struct opts *o, const char *dir)
{
	struct tar_unpack u = {dir, TAR_EXISTING_FAIL};
	int status;

	if (strcmp(o->existing, "keep") == 0)
		u.existing = TAR_EXISTING_KEEP;
	else if (strcmp(o->existing, "overwrite") == 0)
		u.existing = TAR_EXISTING_OVERWRITE;
	status_start();
	status = tar_unpack(&u, STDIN_FILENO);
	status_end();
	return status;
}

static int
list(const struct opts *o)
{
	int status;

	status_start();
	status = tar_list(STDIN_FILENO, o->json);
	status_end();
	return status;
}

static int
run(const struct opts *o, const char *verb, char *const *operands)
{
	if (strcmp(verb, "pack") == 0)
		return pack(o, operands[0]);
	if (isatty(STDIN_FILENO)) {
		warnx("refusing to read from a terminal");
		return PROG_USAGE;
	}
	return strcmp(verb, "list") == 0 ? list(o) : unpack(o, operands[0]);
}

int
main(int argc, char *argv[])
{
	struct opts o = {{NULL, 0}, "retry", "fail", 0, 0};
	const struct opt_verb *verb;
	char **operands;
	int status;

	prog_start();
	status = opt_parse(&program, argc, argv, &o, &verb, &operands);
	if (status == -1)
		status = run(&o, verb->name, operands);
	list_free(&o.exclude);
	return prog_finish(status);
}
