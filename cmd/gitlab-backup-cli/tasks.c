/* Which tasks a backup or a restore is made of. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <string.h>

#include "base/alloc.h"
#include "base/prog.h"
#include "base/text.h"
#include "driver.h"

/* Every task that some version of GitLab has. */
static const char *const names[] = {"db", "repositories", "uploads", "builds",
    "artifacts", "pages", "lfs", "terraform_state", "registry", "packages",
    "ci_secure_files", "external_diffs", "agent_plan_content",
    "ci_catalog_bundles", NULL};

/* Returns 1, or 0 after naming what was probably meant. */
static int
is_task(const char *word)
{
	const char *const *n, *near;

	for (n = names; *n != NULL; n++)
		if (strcmp(*n, word) == 0)
			return 1;
	near = text_nearest(word, names);
	if (near != NULL)
		warnx("%s: no such task; did you mean %s?", word, near);
	else
		warnx("%s: no such task; gitlab-backup-cli help backup lists "
		      "them",
		    word);
	return 0;
}

/* Does this site have the task? */
static int
site_has(const struct site *s, const char *task)
{
	return strcmp(task, "db") == 0 || strcmp(task, "repositories") == 0 ||
	    site_kind(s, task) != NULL;
}

int
tasks_choose(const struct opts *o, const struct site *s, char **operands,
    struct list *tasks, struct list *skipped)
{
	const char *const *n;
	int all = 0, named;
	size_t i;

	for (i = 0; operands[i] != NULL; i++)
		all |= strcmp(operands[i], "all") == 0;
	for (n = names; *n != NULL; n++) {
		for (named = 0, i = 0; operands[i] != NULL; i++)
			named |= strcmp(operands[i], *n) == 0;
		if (!named && !all)
			continue;
		if (site_has(s, *n)) {
			list_add(list_has(&o->skip, *n) ? skipped : tasks, *n);
		} else if (!all) {
			warnx(
			    "%s: GitLab %s has no such files", *n, s->version);
			return PROG_USAGE;
		}
	}
	if (tasks->n > 0)
		return PROG_DONE;
	warnx("nothing to do: every task is skipped");
	return PROG_USAGE;
}

int
tasks_check(const struct opts *o, char **operands)
{
	size_t i;

	for (i = 0; operands[i] != NULL; i++)
		if (strcmp(operands[i], "all") != 0 && !is_task(operands[i]))
			return PROG_USAGE;
	/* The rake task's SKIP has words for its own tar file, too. */
	for (i = 0; i < o->skip.n; i++)
		if (strcmp(o->skip.v[i], "tar") != 0 &&
		    strcmp(o->skip.v[i], "remote") != 0 &&
		    !is_task(o->skip.v[i]))
			return PROG_USAGE;
	return PROG_DONE;
}
