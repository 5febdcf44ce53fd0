/* The verb verify: looks whether a backup is whole, by glb-meta. */
/* SPDX-License-Identifier: MIT */
#include <sys/wait.h>

#include <err.h>
#include <stdlib.h>

#include "base/prog.h"
#include "driver.h"
#include "proc/child.h"
#include "store/id.h"

/* Runs glb-meta verify on dir.  Returns a status. */
static int
run_meta(const struct opts *o, const char *dir)
{
	struct list argv = {NULL, 0};
	struct child_spec spec = CHILD_SPEC(NULL);
	char how[64];
	pid_t pid;
	int status = -1;
	size_t i;

	list_split(&argv, "glb-meta,verify");
	if (o->quick)
		list_add(&argv, "--quick");
	if (o->json)
		list_add(&argv, "--json");
	for (i = 0; i < o->only.n; i++)
		list_addf(&argv, "--only=%s", o->only.v[i]);
	list_add(&argv, "--");
	list_add(&argv, dir);
	spec.argv = argv.v;
	child_forward_signals();
	pid = child_start(&spec);
	if (pid != -1)
		status = child_wait(pid);
	list_free(&argv);
	if (status != -1 && WIFEXITED(status))
		return WEXITSTATUS(status);
	if (status != -1)
		warnx("glb-meta: %s", child_describe(status, how, sizeof(how)));
	return PROG_FAILED;
}

int
verb_verify(struct opts *o, const char *id)
{
	char *path = backup_path(o), *dir = NULL;
	int rc = PROG_FAILED;

	if (path != NULL)
		dir = id_find(path, id);
	if (dir != NULL)
		rc = run_meta(o, dir);
	free(dir);
	free(path);
	return rc;
}
