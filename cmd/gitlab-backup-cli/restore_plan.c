/* The plans of a restore: which pipelines replace what, and undo it. */
/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "restore.h"

char *
restore_dump_name(const char *database)
{
	return strcmp(database, "main") == 0
	    ? xstrdup("db/database.sql.gz")
	    : xasprintf("db/%s_database.sql.gz", database);
}

/* Adds the beginning of a pipeline that reads the file called name. */
static void
plan_get(const struct restore *r, struct plan_job *j, const char *name)
{
	struct plan_stage *s = plan_stage(j, "glb-meta");

	plan_arg(s, "get");
	plan_arg(s, "%s", r->dir);
	plan_arg(s, "%s", name);
	s = plan_stage(j, "glb-gzip");
	plan_arg(s, "--decompress");
}

static struct plan_job *
job_load(struct restore *r, struct plan *p, const struct site_db *db)
{
	char *name = xasprintf("db.%s", db->name);
	struct plan_job *j = plan_job(p, name, "Databases");
	struct plan_stage *s;

	free(name);
	j->what = xasprintf("Restoring PostgreSQL database %s", db->database);
	name = restore_dump_name(db->name);
	plan_get(r, j, name);
	free(name);
	s = plan_stage(j, "glb-dbdump");
	plan_arg(s, "load");
	plan_arg(s, "--keep-replaced");
	args_site(s, r->site);
	plan_arg(s, "%s", db->name);
	list_add(&r->journal.databases, db->name);
	return j;
}

/* All databases of the site that the backup has.  Returns main's job. */
static struct plan_job *
jobs_load(struct restore *r, struct plan *p)
{
	struct plan_job *j, *first = NULL;
	char *name;
	size_t i;

	for (i = 0; i < r->site->n_dbs; i++) {
		if (!r->site->dbs[i].dumped)
			continue;
		name = restore_dump_name(r->site->dbs[i].name);
		if (restore_has(r, name)) {
			j = job_load(r, p, &r->site->dbs[i]);
			if (strcmp(r->site->dbs[i].name, "main") == 0)
				first = j;
		}
		free(name);
	}
	return first;
}

/*
 * The storages of the site that the backup has repositories of: what is there
 * and not on the list goes, for the database does not know it any more.  Where
 * only some projects were asked for, the list does not tell that.  Layouts
 * without manifests do not tell which storage had anything: there, all stays.
 */
static void
backed_up_storages(const struct restore *r, struct list *storages)
{
	const struct opts *o = r->opts;
	char *name;
	size_t i;

	if (o->paths.n + o->skip_paths.n > 0)
		return;
	/* Which storages Gitaly's object storage has, only Gitaly knows. */
	for (i = 0; i < r->site->n_storages; i++) {
		if (o->storages.n > 0 &&
		    !list_has(&o->storages, r->site->storages[i].name))
			continue;
		name = xasprintf(
		    "repositories/manifests/%s", r->site->storages[i].name);
		if (r->server_side || restore_has(r, name))
			list_add(storages, r->site->storages[i].name);
		free(name);
	}
}

/* The list is the restored database's; it goes through a file as in backup. */
static struct plan_job *
job_list(struct restore *r, struct plan *p, struct plan_job *main_db)
{
	struct plan_job *j = plan_job(p, "repositories.list", "Repositories");
	struct plan_stage *s;

	j->after = main_db;
	j->out = xasprintf("%s/repositories", r->work);
	s = plan_stage(j, "glb-repos");
	plan_arg(s, "list");
	args_site(s, r->site);
	args_repositories(s, r->opts);
	return j;
}

/* Which backup of them it is. */
static void
args_id(struct plan_stage *s, const struct restore *r)
{
	/* The original's have another id, or none at all. */
	char *mark = xasprintf("repositories/backup_ids/%s", r->info.backup_id);

	if (r->server_side || restore_has(r, mark))
		plan_arg(s, "--id=%s", r->info.backup_id);
	free(mark);
}

/* Reads the list after the job that makes it, NULL: that has been run. */
static void
job_repositories(
    struct restore *r, struct plan *p, const char *list, struct plan_job *after)
{
	struct plan_job *j = plan_job(p, "repositories", "Repositories");
	struct plan_stage *s = plan_stage(j, "glb-repos");
	struct list storages = {NULL, 0};

	j->after = after;
	j->in = xstrdup(list);
	j->out = xasprintf("%s/repositories.ndjson", r->work);
	plan_arg(s, "restore");
	plan_arg(s, "--engine=%s", r->engine.name);
	if (!r->engine.gitaly)
		plan_arg(s, "--keep-replaced");
	args_site(s, r->site);
	args_id(s, r);
	args_repository_jobs(s, r->opts);
	backed_up_storages(r, &storages);
	args_list(s, "remove-all", &storages);
	list_free(&storages);
	if (r->server_side)
		plan_arg(s, "--server-side");
	else
		plan_arg(s, "%s/repositories", r->dir);
}

/* Gitaly keeps nothing of what it replaces, so that it comes second. */
static void
jobs_repositories(struct restore *r, struct plan *first, struct plan *second,
    struct plan_job *main_db)
{
	struct plan_job *list = job_list(r, first, main_db);

	if (r->engine.gitaly) {
		job_repositories(r, second, list->out, NULL);
		return;
	}
	job_repositories(r, first, list->out, list);
	r->journal.repositories = true;
}

static void
job_kind(struct restore *r, struct plan *p, const struct site_kind *k)
{
	const char *existing = r->opts->existing;
	bool moved = strcmp(existing, "move") == 0;
	struct plan_job *j = plan_job(p, k->id, k->title);
	struct plan_stage *s;

	plan_get(r, j, k->archive);
	s = plan_stage(j, "glb-blobs");
	plan_arg(s, "unpack");
	plan_arg(s, "--existing=%s",
	    strcmp(existing, "merge") == 0 ? "overwrite" : existing);
	if (moved)
		plan_arg(s, "--keep-replaced");
	/* What a backup leaves out is not the backup's to replace. */
	if (k->exclude != NULL && strcmp(existing, "merge") != 0)
		plan_arg(s, "--exclude=./%s", k->exclude);
	plan_arg(s, "%s", k->dir);
	if (moved)
		list_add(&r->journal.directories, k->dir);
}

void
plan_restore(struct restore *r, struct plan *first, struct plan *second)
{
	bool moved = strcmp(r->opts->existing, "move") == 0;
	struct plan_job *main_db = NULL;
	size_t i;

	if (list_has(&r->tasks, "db"))
		main_db = jobs_load(r, first);
	if (list_has(&r->tasks, "repositories"))
		jobs_repositories(r, first, second, main_db);
	for (i = 0; i < r->site->n_kinds; i++)
		if (restore_archive(r, &r->site->kinds[i]))
			job_kind(r, moved ? first : second, &r->site->kinds[i]);
	plan_buckets(r, second);
}

void
restore_lose(struct restore *r)
{
	bool moved = strcmp(r->opts->existing, "move") == 0;
	size_t i;

	r->journal.lost_repositories = restore_in_place(r);
	for (i = 0; !moved && i < r->site->n_kinds; i++)
		if (restore_archive(r, &r->site->kinds[i]))
			list_add(&r->journal.lost, r->site->kinds[i].dir);
	for (i = 0; i < r->n_buckets; i++)
		list_add(&r->journal.lost_buckets, r->buckets[i].kind->bucket);
}

static struct plan_stage *
undo_stage(
    struct plan *p, const char *verb, const char *name, const char *program)
{
	struct plan_job *j;
	struct plan_stage *s;
	char *text = xasprintf("%s.%s", verb, name);

	j = plan_job(p, text, "");
	free(text);
	s = plan_stage(j, program);
	plan_arg(s, "%s", verb);
	return s;
}

static void
undo_kinds(struct plan *p, const char *verb, const struct list *dirs)
{
	struct plan_stage *s;
	size_t i;

	for (i = 0; i < dirs->n; i++) {
		s = undo_stage(p, verb, dirs->v[i], "glb-blobs");
		plan_arg(s, "%s", dirs->v[i]);
	}
}

void
plan_undo(const struct journal *j, const struct site *site, const char *verb,
    struct plan *p)
{
	struct plan_stage *s;
	size_t i;

	p->go_on = true;
	for (i = 0; i < j->databases.n; i++) {
		s = undo_stage(p, verb, j->databases.v[i], "glb-dbdump");
		args_site(s, site);
		plan_arg(s, "%s", j->databases.v[i]);
	}
	if (j->repositories) {
		s = undo_stage(p, verb, "repositories", "glb-repos");
		args_site(s, site);
	}
	undo_kinds(p, verb, &j->directories);
	/* Of these, what still was to be removed is. */
	undo_kinds(p, verb, &j->lost);
}
