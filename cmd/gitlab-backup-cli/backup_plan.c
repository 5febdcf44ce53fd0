/* The plan of a backup: which pipelines make which files. */
/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "backup.h"
#include "buckets.h"
#include "store/info.h"

static void
job_information(struct backup *b)
{
	struct plan_job *j = plan_job(&b->plan, "information", "");
	struct plan_stage *s = plan_stage(j, "glb-meta");

	plan_arg(s, "new");
	plan_arg(s, "--gitlab-version=%s", b->site->version);
	plan_arg(s, "--id=%s", b->id);
	plan_arg(s, "--time=%lld", (long long)b->time);
	plan_put(b, j, INFO_FILE);
}

/* How many databases of the site are dumped. */
static size_t
count_dumped(const struct site *s)
{
	size_t i, n = 0;

	for (i = 0; i < s->n_dbs; i++)
		n += s->dbs[i].dumped;
	return n;
}

/*
 * One snapshot a database, exported before the first dump starts.  Returns
 * NULL if there is none to dump, which is then a gap.
 */
static struct plan_job *
job_snapshot(struct backup *b)
{
	struct plan_stage *s;
	struct plan_job *j;
	size_t i;

	if (count_dumped(b->site) == 0) {
		report_gap(&b->report, "db",
		    "database.yml has no database that is dumped here");
		return NULL;
	}
	j = plan_job(&b->plan, "snapshot", "");
	s = plan_stage(j, "glb-dbdump");
	plan_arg(s, "snapshot");
	args_site(s, b->site);
	for (i = 0; i < b->site->n_dbs; i++) {
		if (!b->site->dbs[i].dumped)
			continue;
		plan_arg(s, "%s", b->site->dbs[i].name);
		list_add(&j->vars, b->site->dbs[i].name);
	}
	return j;
}

static void
job_dump(struct backup *b, struct plan_job *snapshot, const struct site_db *db)
{
	int main_db = strcmp(db->name, "main") == 0;
	struct plan_stage *s;
	struct plan_job *j;
	char *name;

	name = xasprintf("db.%s", db->name);
	j = plan_job(&b->plan, name, "Databases");
	free(name);
	j->what = xasprintf("Dumping PostgreSQL database %s", db->database);
	j->holder = snapshot;
	s = plan_stage(j, "glb-dbdump");
	plan_arg(s, "dump");
	args_site(s, b->site);
	plan_arg_var(s, "--snapshot=", db->name);
	plan_arg(s, "%s", db->name);
	plan_stage(j, "glb-gzip");
	name = xasprintf("db/%s%sdatabase.sql.gz", main_db ? "" : db->name,
	    main_db ? "" : "_");
	plan_put(b, j, name);
	free(name);
}

static void
job_kind(struct backup *b, const struct site_kind *k)
{
	struct plan_job *j = plan_job(&b->plan, k->id, k->title);
	struct plan_stage *s = plan_stage(j, "glb-blobs");

	plan_arg(s, "pack");
	/* A feature never used has no directory, but needs its archive. */
	plan_arg(s, "--allow-missing");
	if (k->exclude != NULL)
		plan_arg(s, "--exclude=./%s", k->exclude);
	plan_arg(s, "%s", k->dir);
	plan_stage(j, "glb-gzip");
	plan_put(b, j, k->archive);
}

/*
 * A copy of the kind's bucket, of objects as new as the database's snapshot
 * at least; or the reason why there is none.
 */
static void
job_bucket(
    struct backup *b, struct plan_job *snapshot, const struct site_kind *k)
{
	struct bucket_copy c = {k, k->bucket, b->opts->backup_bucket, b->id};
	char *why = buckets_gap(b->opts, k);
	struct plan_job *j;

	if (why != NULL) {
		report_gap(&b->report, k->id, why);
		free(why);
		return;
	}
	j = buckets_job(&b->plan, "backup", b->opts, b->site, &c, b->work);
	j->after = snapshot;
	list_add(&b->report.operations, j->out);
}

void
plan_backup(struct backup *b)
{
	struct plan_job *snapshot = NULL;
	const struct site_kind *k;
	size_t i;

	if (list_has(&b->tasks, "db")) {
		snapshot = job_snapshot(b);
		for (i = 0; i < b->site->n_dbs; i++)
			if (b->site->dbs[i].dumped)
				job_dump(b, snapshot, &b->site->dbs[i]);
	}
	if (list_has(&b->tasks, "repositories"))
		plan_repositories(b, snapshot);
	for (i = 0; i < b->site->n_kinds; i++) {
		k = &b->site->kinds[i];
		if (!list_has(&b->tasks, k->id))
			continue;
		if (k->bucket != NULL)
			job_bucket(b, snapshot, k);
		job_kind(b, k);
	}
	job_information(b);
	closing_plan(b);
}
