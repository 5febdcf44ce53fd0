/* The driver's table of verbs and options, and the environment's names. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/num.h"
#include "base/prog.h"
#include "driver.h"
#include "site/options.h"

#define AT(field) offsetof(struct opts, field)

static const char *const log_formats[] = {"text", "json", NULL};

static const char *const existings[] = {"move", "delete", "merge", NULL};

static const struct opt options[] = {
    {"allow-version-mismatch", 0, OPT_FLAG, AT(allow_version_mismatch), NULL,
	"check restore",
	"Restore even if the backup is of another GitLab version or edition", 0,
	0, NULL},
    {"backup-bucket", 0, OPT_STRING, AT(backup_bucket), "BACKUP_BUCKET",
	"backup restore",
	"When backing up object storage, this is the bucket to backup to", 0, 0,
	NULL},
    {"backup-id", 0, OPT_STRING, AT(backup_id), "NAME", "backup",
	"Name of the backup (default: made of time and version)", 0, 0, NULL},
    {"backup-path", 0, OPT_STRING, AT(backup_path), "DIR",
	"backup check extract list restore show verify",
	"Directory of the backups (default: backup.path of gitlab.yml)", 0, 0,
	NULL},
    {"dry-run", 0, OPT_FLAG, AT(dry_run), NULL, "backup restore",
	"Print the plan as a shell script, do nothing", 0, 0, NULL},
    {"existing", 0, OPT_CHOICE, AT(existing), "ACTION", "check restore",
	"Move, delete or merge with files that are there (default: move)", 0, 0,
	existings},
    {"force", 0, OPT_FLAG, AT(force), NULL, "check restore",
	"Restore even if GitLab is connected, or objects of others are "
	"replaced",
	0, 0, NULL},
    {"jobs", 0, OPT_NUMBER, AT(jobs), "N", "backup restore",
	"Jobs at a time (default: processors, at least 2)", 1, 1024, NULL},
    {"json", 0, OPT_FLAG, AT(json), NULL, "check list show verify",
	"Print JSON, one object a line", 0, 0, NULL},
    {"keep-replaced", 0, OPT_FLAG, AT(keep_replaced), NULL, "restore",
	"Keep what was replaced until discard or rollback", 0, 0, NULL},
    {"log-format", 0, OPT_CHOICE, AT(log_format), "FORMAT",
	"backup discard restore rollback",
	"Messages as text, or as json on standard error (default: text)", 0, 0,
	log_formats},
    {"no-verify", 0, OPT_FLAG, AT(no_verify), NULL, "check restore",
	"Do not verify the backup first", 0, 0, NULL},
    {"no-wait-for-completion", 0, OPT_FLAG, AT(wait), NULL, "backup restore",
	NULL, 0, -1, NULL},
    {"only", 0, OPT_COMMAS, AT(only), "PART,...", "verify",
	"Look at these only: db, repositories, a task kept as an archive", 0, 0,
	NULL},
    {"paths", 0, OPT_COMMAS, AT(paths), "G,G/P", "backup restore",
	"Only the repositories of these groups and projects", 0, 0, NULL},
    {"quick", 0, OPT_FLAG, AT(quick), NULL, "verify",
	"Compare names and known sizes only", 0, 0, NULL},
    {"quiet", 'q', OPT_FLAG, AT(quiet), NULL, "backup discard restore rollback",
	"Print warnings, errors and the id only", 0, 0, NULL},
    {"registry-bucket", 0, OPT_STRING, AT(registry_bucket), "REGISTRY_BUCKET",
	"backup restore",
	"When backing up registry from object storage, this is the source "
	"bucket",
	0, 0, NULL},
    {"repository", 0, OPT_STRING, AT(repository), "PATH", "extract",
	"The repository: group/project, group/project.wiki, @hashed/..., ...",
	0, 0, NULL},
    {"repository-jobs", 0, OPT_NUMBER, AT(repo_jobs), "N", "backup restore",
	"Repositories at a time (default: --jobs)", 1, 1024, NULL},
    {"repository-jobs-per-storage", 0, OPT_NUMBER, AT(repo_jobs_per_storage),
	"N", "backup restore", "Repositories of one storage at a time", 1, 1024,
	NULL},
    {"service-account-file", 0, OPT_STRING, AT(service_account_file),
	"SERVICE_ACCOUNT_FILE", "backup restore",
	"JSON file containing the Google service account credentials (default: "
	"/etc/gitlab/backup-account-credentials.json)",
	0, 0, NULL},
    {"skip", 0, OPT_COMMAS, AT(skip), "TASK,...", "backup check restore",
	"Leave these tasks out", 0, 0, NULL},
    {"skip-paths", 0, OPT_COMMAS, AT(skip_paths), "G,G/P", "backup restore",
	"Not the repositories of these groups and projects", 0, 0, NULL},
    {"storages", 0, OPT_COMMAS, AT(storages), "A,B", "backup extract restore",
	"Only the repositories on these storages", 0, 0, NULL},
    {"wait-for-completion", 0, OPT_FLAG, AT(wait), NULL, "backup restore",
	"Wait for object storage backups to complete (default: true)", 0, 0,
	NULL},
    {"yes", 'y', OPT_FLAG, AT(yes), NULL, "restore",
	"Do not ask, even on a terminal", 0, 0, NULL},
    SITE_OPTIONS(struct opts, where,
	"backup check discard extract list restore rollback show verify"),
    {0},
};

static const struct opt_verb verbs[] = {
    {"backup", "all|TASK...", 1, -1,
	"Manage repositories, database and files backup creation"},
    {"check", "[backup|restore ID]", 0, -1,
	"Show what there is to back up or restore, and what is missing"},
    {"discard", "", 0, 0, "Remove what a restore has replaced and kept"},
    {"extract", "ID DIR", 2, 2,
	"Make a plain repository DIR from one of a backup"},
    {"list", "", 0, 0, "List the backups"},
    {"restore", "all|TASK... ID", 1, -1,
	"Restore previously captured backup data"},
    {"rollback", "", 0, 0, "Go back to the state before a restore"},
    {"show", "ID", 1, 1, "Show one backup"},
    {"verify", "ID", 1, 1, "Look whether a backup is whole"},
    {"version", "", 0, 0, "Display the version information"},
    {"help", "[COMMAND]", 0, 2,
	"Describe available commands or one specific command"},
    {0},
};

const struct opt_program driver_program = {
    .name = "gitlab-backup-cli",
    .about = "GitLab Backup CLI",
    .verbs = verbs,
    .options = options,
    .help = driver_help,
};

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

/* Processors, at least two: some job always waits for a disk or a server. */
static int64_t
default_jobs(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 2 ? 2 : n;
}

int
options_complete(struct opts *o)
{
	static const char *const other[] = {
	    "INCREMENTAL", "REPOSITORIES_SERVER_SIDE"};
	const char *slash;
	size_t i;
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
	for (i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		if (env(other[i]) != NULL)
			warnx("%s: not heeded: this version makes full "
			      "backups of all repositories itself",
			    other[i]);
	if (o->jobs == 0)
		o->jobs = default_jobs();
	rc = env_number("GITLAB_BACKUP_MAX_CONCURRENCY", &o->repo_jobs);
	if (rc == PROG_DONE)
		rc = env_number("GITLAB_BACKUP_MAX_STORAGE_CONCURRENCY",
		    &o->repo_jobs_per_storage);
	return rc;
}
