/* Which tasks a backup is made of. */
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

/* Adds the site's tasks, or those named, but for the skipped ones. */
static int
choose(struct backup *b, char **operands, int all)
{
	const struct list *skip = &b->opts->skip;
	const char *const *n;
	size_t i;

	for (n = names; *n != NULL; n++) {
		for (i = 0; !all && operands[i] != NULL; i++)
			if (strcmp(operands[i], *n) == 0)
				break;
		if (!all && operands[i] == NULL)
			continue;
		if (!site_has(b->site, *n)) {
			if (all)
				continue;
			warnx("%s: GitLab %s has no such files", *n,
			    b->site->version);
			return PROG_USAGE;
		}
		if (list_has(skip, *n))
			report_gap(&b->report, *n, "skipped, as was asked for");
		else
			list_add(&b->tasks, *n);
	}
	return PROG_DONE;
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

int
tasks_choose(struct backup *b, char **operands)
{
	int all = 0, rc;
	size_t i;

	for (i = 0; operands[i] != NULL; i++)
		all |= strcmp(operands[i], "all") == 0;
	rc = choose(b, operands, all);
	if (rc == PROG_DONE && b->tasks.n == 0) {
		warnx("nothing to back up: every task is skipped");
		rc = PROG_USAGE;
	}
	return rc;
}
