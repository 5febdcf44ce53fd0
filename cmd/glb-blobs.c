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
#include "tar/replace.h"
#include "tar/unpack.h"

struct opts {
	struct list exclude;
	const char *on_change;
	const char *existing;
	int allow_missing;
	int json;
	int keep_replaced;
};

static const char *const changes[] = {"retry", "warn", "fail", NULL};

static const char *const existings[] = {
    "fail", "keep", "overwrite", "move", "delete", NULL};

static const struct opt options[] = {
    {"allow-missing", 0, OPT_FLAG, offsetof(struct opts, allow_missing), NULL,
	"pack", "a missing DIR is an empty archive", 0, 0, NULL},
    {"exclude", 'x', OPT_LIST, offsetof(struct opts, exclude), "PATTERN",
	"pack unpack", "leave out, or alone, a path or name", 0, 0, NULL},
    {"existing", 0, OPT_CHOICE, offsetof(struct opts, existing), "ACTION",
	"unpack", "fail at, keep, overwrite, move, delete what is there", 0, 0,
	existings},
    {"json", 0, OPT_FLAG, offsetof(struct opts, json), NULL, "list",
	"list one JSON object a line", 0, 0, NULL},
    {"keep-replaced", 0, OPT_FLAG, offsetof(struct opts, keep_replaced), NULL,
	"unpack", "keep what was moved, for rollback or discard", 0, 0, NULL},
    {"on-change", 0, OPT_CHOICE, offsetof(struct opts, on_change), "ACTION",
	"pack", "retry, warn or fail if a file changes", 0, 0, changes},
    {0}};

static const struct opt_verb verbs[] = {
    {"pack", "DIR", 1, 1, "write the tree DIR to stdout as a tar archive"},
    {"unpack", "DIR", 1, 1, "unpack the tar archive on stdin into DIR"},
    {"list", "", 0, 0, "list the members of the tar archive on stdin"},
    {"rollback", "DIR", 1, 1, "make DIR what it was before unpack moved it"},
    {"discard", "DIR", 1, 1, "remove what unpack moved out of DIR"}, {0}};

static const struct opt_program program = {"glb-blobs",
    "Turns a directory tree into a tar archive on stdout, and back.", verbs,
    options, NULL};

static int
pack(const struct opts *o, const struct tar_exclude *exclude, const char *dir)
{
	struct tar_pack p = {dir, exclude, TAR_CHANGE_RETRY, false};
	int status;

	if (strcmp(o->on_change, "warn") == 0)
		p.on_change = TAR_CHANGE_WARN;
	else if (strcmp(o->on_change, "fail") == 0)
		p.on_change = TAR_CHANGE_FAIL;
	p.allow_missing = o->allow_missing;
	if (isatty(STDOUT_FILENO)) {
		warnx("refusing to write to a terminal");
		return PROG_USAGE;
	}
	status_start();
	status = tar_pack(&p, STDOUT_FILENO);
	status_end();
	return status;
}

static int
no_terminal(void)
{
	if (!isatty(STDIN_FILENO))
		return 0;
	warnx("refusing to read from a terminal");
	return -1;
}

static int
unpack(const struct opts *o, const struct tar_exclude *leave, const char *dir)
{
	struct tar_unpack u = {dir, TAR_EXISTING_FAIL, leave};
	const struct tar_replace r = {dir, leave, o->keep_replaced};
	bool move = strcmp(o->existing, "move") == 0;
	int status;

	if (o->keep_replaced && !move) {
		warnx("--keep-replaced goes with --existing=move");
		return PROG_USAGE;
	}
	if (!tar_exclude_is_flat(leave) || no_terminal() == -1)
		return PROG_USAGE;
	if (strcmp(o->existing, "keep") == 0)
		u.existing = TAR_EXISTING_KEEP;
	else if (strcmp(o->existing, "overwrite") == 0)
		u.existing = TAR_EXISTING_OVERWRITE;
	status_start();
	if (move)
		status = tar_replace(&r, STDIN_FILENO);
	else if (strcmp(o->existing, "delete") == 0)
		status = tar_replace_deleting(&r, STDIN_FILENO);
	else if ((status = tar_replace_none(dir)) == PROG_DONE)
		status = tar_unpack(&u, STDIN_FILENO);
	status_end();
	return status;
}

static int
list(const struct opts *o)
{
	int status;

	if (no_terminal() == -1)
		return PROG_USAGE;
	status_start();
	status = tar_list(STDIN_FILENO, o->json);
	status_end();
	return status;
}

static int
run(const struct opts *o, const char *verb, char *const *operands)
{
	struct tar_exclude exclude = {{NULL, 0}, {NULL, 0}};
	int status = PROG_USAGE;
	size_t i;

	for (i = 0; i < o->exclude.n; i++)
		if (tar_exclude_add(&exclude, o->exclude.v[i]) == -1)
			goto out;
	if (strcmp(verb, "pack") == 0)
		status = pack(o, &exclude, operands[0]);
	else if (strcmp(verb, "unpack") == 0)
		status = unpack(o, &exclude, operands[0]);
	else if (strcmp(verb, "list") == 0)
		status = list(o);
	else if (strcmp(verb, "rollback") == 0)
		status = tar_rollback(operands[0]);
	else
		status = tar_discard(operands[0]);
out:
	tar_exclude_free(&exclude);
	return status;
}

int
main(int argc, char *argv[])
{
	struct opts o = {{NULL, 0}, "retry", "fail", 0, 0, 0};
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
