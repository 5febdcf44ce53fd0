/* Which backup is restored, and which tasks of it. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/prog.h"
#include "restore.h"
#include "store/extent.h"
#include "store/id.h"
#include "store/report.h"

/* Takes the id off the end of the operands. */
static int
split(const struct opts *o, char **operands, const char **id)
{
	size_t n = 0;

	while (operands[n] != NULL)
		n++;
	*id = o->backup_id; /* the environment's BACKUP */
	if (n >= 2) {
		*id = operands[n - 1];
		operands[n - 1] = NULL;
	}
	if (*id != NULL)
		return PROG_DONE;
	warnx("restore: tasks, or \"all\", and then the ID of a backup are "
	      "needed");
	return PROG_USAGE;
}

/* Why the backup has not all of the task, by its own report; or NULL. */
static const char *
told_gap(const struct restore *r, const char *task)
{
	json_object *gaps = NULL, *o;
	size_t i, n;

	if (r->report != NULL)
		gaps = js_array(r->report, "left_out");
	n = gaps != NULL ? json_object_array_length(gaps) : 0;
	for (i = 0; i < n; i++) {
		o = json_object_array_get_idx(gaps, i);
		if (strcmp(js_string(o, "what"), task) == 0)
			return js_string(o, "why");
	}
	return NULL;
}

bool
restore_has(const struct restore *r, const char *name)
{
	char *path = xasprintf("%s/%s", r->dir, name);
	bool there = access(path, F_OK) == 0;

	free(path);
	return there;
}

bool
restore_in_place(const struct restore *r)
{
	return r->engine.gitaly && list_has(&r->tasks, "repositories");
}

bool
restore_archive(const struct restore *r, const struct site_kind *k)
{
	return list_has(&r->tasks, k->id) && restore_has(r, k->archive);
}

static bool
has_task(const struct restore *r, const char *task)
{
	const struct site_kind *k = site_kind(r->site, task);

	if (r->server_side && strcmp(task, "repositories") == 0)
		return true;
	return restore_has(r, k != NULL ? k->archive : task);
}

/* Adds the task, or says what of it cannot be restored. */
static void
consider(struct restore *r, const char *task)
{
	const struct site_kind *k = site_kind(r->site, task);
	const char *gap = told_gap(r, task);
	bool told, comes = false;

	told = k != NULL && restore_bucket(r, k, &comes);
	if (!has_task(r, task) && told && !comes)
		return;
	if (!has_task(r, task) && !comes) {
		problems_add(&r->problems, r->all ? PROG_PARTIAL : PROG_FAILED,
		    task, "is not in the backup%s%s", gap != NULL ? ": " : "",
		    gap != NULL ? gap : "");
		return;
	}
	if (gap != NULL)
		problems_add(&r->problems, PROG_PARTIAL, task,
		    "is in the backup in part only: %s", gap);
	list_add(&r->tasks, task);
}

/* The operands are now tasks only. */
static int
choose(struct restore *r, char **operands)
{
	struct list chosen = {NULL, 0}, skipped = {NULL, 0};
	size_t i;
	int rc;

	for (i = 0; operands[i] != NULL; i++)
		r->all |= strcmp(operands[i], "all") == 0;
	rc = tasks_choose(r->opts, r->site, operands, &chosen, &skipped);
	for (i = 0; rc == PROG_DONE && i < chosen.n; i++)
		consider(r, chosen.v[i]);
	for (i = 0; i < skipped.n; i++)
		problems_add(&r->problems, PROG_PARTIAL, skipped.v[i],
		    "skipped, as was asked for");
	if (rc == PROG_DONE && r->tasks.n == 0)
		problems_add(&r->problems, PROG_FAILED, r->dir,
		    "has nothing of what is to be restored");
	list_free(&chosen);
	list_free(&skipped);
	return rc;
}

/* The record of the backup decides before the site does. */
static void
choose_engine(struct restore *r)
{
	const char *asked = r->opts->engine;

	if (r->server_side && strcmp(asked, "auto") == 0)
		asked = "gitaly";
	r->engine = engine_choose(r->site, asked);
}

int
restore_open(struct restore *r, char **operands)
{
	const struct opts *o = r->opts;
	const char *id;
	int rc;

	rc = split(o, operands, &id);
	if (rc == PROG_DONE)
		rc = tasks_check(o, operands);
	if (rc != PROG_DONE)
		return rc;
	r->home = xstrdup(r->site->backup_path);
	r->work = journal_dir(r->home);
	r->dir = id_find(o->backup_path != NULL ? o->backup_path : r->home, id);
	if (r->dir == NULL)
		return PROG_FAILED;
	rc = info_read(r->dir, &r->info);
	if (rc == PROG_DONE) {
		r->report = report_read(r->dir);
		r->contents = extent_list(r->dir, r->report);
		r->server_side = report_server_side(r->report);
		choose_engine(r);
		rc = choose(r, operands);
	}
	return rc;
}

void
restore_free(struct restore *r)
{
	list_free(&r->tasks);
	restore_buckets_free(r);
	json_object_put(r->report);
	json_object_put(r->contents);
	json_object_put(r->problems.list);
	json_object_put(r->targets);
	journal_free(&r->journal);
	info_free(&r->info);
	free(r->dir);
	free(r->home);
	free(r->work);
}
