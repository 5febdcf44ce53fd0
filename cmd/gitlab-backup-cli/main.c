/* gitlab-backup-cli: plans, starts, watches, judges; moves no data itself. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/prog.h"
#include "driver.h"

/*
 * The filters are looked for on PATH, so that another may be put before
 * them; our own directory is the last place, for a driver called by its path.
 */
static void
extend_path(void)
{
	const char *old = getenv("PATH");
	char self[PATH_MAX], *path, *slash;
	ssize_t n;

	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n == -1)
		return;
	self[n] = '\0';
	slash = strrchr(self, '/');
	if (slash == NULL)
		return;
	*slash = '\0';
	/* An empty PATH, or an empty part of one, would be our directory. */
	if (old == NULL || *old == '\0')
		old = "/usr/local/bin:/usr/bin:/bin";
	path = xasprintf("%s:%s", old, self);
	setenv("PATH", path, 1);
	free(path);
}

/* "help", "help VERB", "help VERB all", "VERB help". */
static int
verb_help(char **words)
{
	const struct opt_verb *v = NULL;
	const char *near;

	if (words[0] != NULL) {
		v = opt_find_verb(&driver_program, words[0], &near);
		if (v == NULL) {
			warnx("could not find command \"%s\"", words[0]);
			return PROG_USAGE;
		}
	}
	driver_help(&driver_program, v);
	return PROG_DONE;
}

static int
run(struct opts *o, const struct opt_verb *verb, char **operands)
{
	char *self[2] = {NULL, NULL};

	if (strcmp(verb->name, "help") == 0)
		return verb_help(operands);
	if (operands[0] != NULL && strcmp(operands[0], "help") == 0) {
		self[0] = xstrdup(verb->name);
		verb_help(self);
		free(self[0]);
		return PROG_DONE;
	}
	if (strcmp(verb->name, "version") == 0) {
		opt_version(&driver_program);
		return PROG_DONE;
	}
	extend_path();
	if (strcmp(verb->name, "backup") == 0)
		return verb_backup(o, operands);
	if (strcmp(verb->name, "restore") == 0)
		return verb_restore(o, operands);
	if (strcmp(verb->name, "rollback") == 0)
		return verb_rollback(o);
	if (strcmp(verb->name, "discard") == 0)
		return verb_discard(o);
	if (strcmp(verb->name, "extract") == 0)
		return verb_extract(o, operands[0], operands[1]);
	if (strcmp(verb->name, "list") == 0)
		return verb_list(o);
	if (strcmp(verb->name, "show") == 0)
		return verb_show(o, operands[0]);
	if (strcmp(verb->name, "verify") == 0)
		return verb_verify(o, operands[0]);
	return verb_check(o, operands);
}

int
main(int argc, char *argv[])
{
	struct opts o = {.log_format = "text",
	    .existing = "move",
	    .engine = "auto",
	    .wait = 1};
	const struct opt_verb *verb;
	char **operands;
	int rc;

	prog_start();
	rc = opt_parse(&driver_program, argc, argv, &o, &verb, &operands);
	if (rc == -1)
		rc = run(&o, verb, operands);
	list_free(&o.skip);
	list_free(&o.storages);
	list_free(&o.paths);
	list_free(&o.skip_paths);
	list_free(&o.only);
	return prog_finish(rc);
}
