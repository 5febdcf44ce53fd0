/* The environment names of GitLab's rake task, and what goes together. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/num.h"
#include "base/prog.h"
#include "driver.h"

/* The value of the environment's name; an empty one counts as unset. */
static const char *
env(const char *name)
{
	const char *s = getenv(name);

	return s != NULL && *s != '\0' ? s : NULL;
}

static int
env_number(const char *name, int64_t *n)
{
	const char *s = env(name);

	if (s == NULL || *n != 0 || num_parse(s, 1, 1024, n) == 0)
		return PROG_DONE;
	warnx("%s: %s: not a number from 1 to 1024", name, s);
	return PROG_USAGE;
}

static void
env_list(const char *name, struct list *l)
{
	const char *s = env(name);

	if (s != NULL && l->n == 0)
		list_split(l, s);
}

/*
 * Sets *yes from a name that says yes or no in the words that GitLab takes.
 * Returns a status.
 */
static int
env_yes(const char *name, int *yes)
{
	static const char *const words[] = {"yes", "true", "1", "y", "t", "on",
	    "no", "false", "0", "n", "f", "off"};
	const char *s = env(name);
	size_t i;

	if (s == NULL || *yes)
		return PROG_DONE;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasecmp(s, words[i]) == 0) {
			*yes = i < 6;
			return PROG_DONE;
		}
	warnx("%s: %s: neither yes nor no", name, s);
	return PROG_USAGE;
}

/* Processors, at least two: some job always waits for a disk or a server. */
static int64_t
default_jobs(void)
{
	int n = prog_processors();

	return n < 2 ? 2 : n;
}

int
options_complete(struct opts *o)
{
	const char *slash;
	int rc;

	env_list("SKIP", &o->skip);
	env_list("REPOSITORIES_STORAGES", &o->storages);
	env_list("REPOSITORIES_PATHS", &o->paths);
	env_list("SKIP_REPOSITORIES_PATHS", &o->skip_paths);
	/* The rake task takes the last part of a path, too. */
	if (o->backup_id == NULL && (o->backup_id = env("BACKUP")) != NULL &&
	    (slash = strrchr(o->backup_id, '/')) != NULL)
		o->backup_id = slash + 1;
	if (env("GITLAB_ASSUME_YES") != NULL)
		o->yes = 1;
	if (env("CRON") != NULL)
		o->quiet = 1;
	if (o->jobs == 0)
		o->jobs = default_jobs();
	rc = env_number("GITLAB_BACKUP_MAX_CONCURRENCY", &o->repo_jobs);
	if (rc == PROG_DONE)
		rc = env_number("GITLAB_BACKUP_MAX_STORAGE_CONCURRENCY",
		    &o->repo_jobs_per_storage);
	return rc;
}

/* What does not go together, of what is asked for repositories. */
static const char *
conflict(const struct opts *o)
{
	int64_t n;

	if (o->server_side && strcmp(o->engine, "git") == 0)
		return "--repositories-server-side: only the engine gitaly "
		       "can do that";
	if (o->server_side && o->base != NULL)
		return "--base, PREVIOUS_BACKUP: Gitaly itself knows what is "
		       "in its object storage";
	if (o->server_side && o->full_every != NULL)
		return "--full-every: what is in Gitaly's object storage goes "
		       "on";
	if (o->full_every != NULL && !o->incremental)
		return "--full-every: only with --incremental";
	if (o->full_every != NULL && num_duration(o->full_every, &n) == -1)
		return "--full-every: must be a number of seconds, or one "
		       "with s, m, h or d behind it";
	return NULL;
}

int
options_repositories(struct opts *o)
{
	const char *wrong;
	int rc;

	if (o->base != NULL)
		o->incremental = 1;
	rc = env_yes("INCREMENTAL", &o->incremental);
	if (rc == PROG_DONE)
		rc = env_yes("REPOSITORIES_SERVER_SIDE", &o->server_side);
	if (rc != PROG_DONE)
		return rc;
	if (o->incremental && o->base == NULL)
		o->base = env("PREVIOUS_BACKUP");
	wrong = conflict(o);
	if (wrong == NULL)
		return PROG_DONE;
	warnx("%s", wrong);
	return PROG_USAGE;
}
