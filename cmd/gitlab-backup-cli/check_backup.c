/* What keeps a backup from being made, or from being complete. */
/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "backup.h"
#include "base/js.h"
#include "base/prog.h"
#include "buckets.h"
#include "git/gitaly_backup_find.h"
#include "proc/child.h"
#include "proc/run.h"
#include "problems.h"
#include "site/describe.h"
#include "store/journal.h"

/* What "PATH --version" says on its first line; NULL if it fails. */
static char *
version_of(char *path)
{
	char option[] = "--version", *argv[] = {path, option, NULL};
	struct child_spec spec = CHILD_SPEC(argv);
	struct buf out = {NULL, 0, 0}, error = {NULL, 0, 0};
	char *text = NULL;
	int rc;

	rc = child_run(&spec, &out, &error, 4096);
	if (rc != -1 && child_code(rc) == 0) {
		text = buf_take(&out);
		text[strcspn(text, "\n")] = '\0';
	}
	buf_free(&out);
	buf_free(&error);
	return text;
}

/* path, NULL: there is none, is freed. */
static json_object *
program_object(const char *name, char *path, int needed)
{
	json_object *o = json_object_new_object();
	char *version = NULL;

	if (path != NULL)
		version = version_of(path);
	js_put_text(o, "program", name);
	js_put_text(o, "path", path);
	js_put_text(o, "version", version);
	js_put_bool(o, "needed", needed);
	free(version);
	free(path);
	return o;
}

/* Is there a kind that glb-gcs would copy? */
static bool
copies(const struct opts *o, const struct site *s)
{
	bool any = false;
	char *why;
	size_t i;

	for (i = 0; i < s->n_kinds && !any; i++) {
		if (s->kinds[i].bucket == NULL)
			continue;
		why = buckets_gap(o, &s->kinds[i]);
		any = why == NULL;
		free(why);
	}
	return any;
}

static json_object *
programs_array(
    const struct opts *o, const struct site *s, const struct engine *e)
{
	static const char *const needed[] = {"glb-dbdump", "glb-repos",
	    "glb-blobs", "glb-gzip", "glb-meta", "pg_dump", "git", "tar"};
	json_object *list = json_object_new_array();
	size_t i;

	for (i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		json_object_array_add(
		    list, program_object(needed[i], child_find(needed[i]), 1));
	json_object_array_add(
	    list, program_object("psql", child_find("psql"), 0));
	json_object_array_add(list,
	    program_object("glb-gcs", child_find("glb-gcs"), copies(o, s)));
	json_object_array_add(list,
	    program_object(
		engine_program(s), gitaly_backup_find(s), e->gitaly));
	return list;
}

/* A restore that has not come to its end. */
static void
look_at_journal(const struct site *s, struct problems *p)
{
	char *dir = journal_dir(s->backup_path);
	struct journal j;

	if (journal_read(dir, &j) != PROG_DONE)
		problems_add(p, PROG_FAILED, dir, "cannot be read");
	else if (j.phase == JOURNAL_RESTORING)
		problems_add(p, PROG_FAILED, "restore",
		    "that of backup %s did not end: run gitlab-backup-cli "
		    "rollback, or restore again",
		    j.id);
	else if (j.phase != JOURNAL_NONE)
		problems_add(p, PROG_DONE, "restore",
		    "what that of backup %s replaced is still kept: "
		    "gitlab-backup-cli discard removes it",
		    j.id);
	journal_free(&j);
	free(dir);
}

static void
look_at_programs(json_object *programs, struct problems *p)
{
	json_object *o;
	size_t i;

	for (i = 0; i < json_object_array_length(programs); i++) {
		o = json_object_array_get_idx(programs, i);
		if (js_number(o, "needed") && *js_string(o, "version") == '\0')
			problems_add(p, PROG_FAILED, js_string(o, "program"),
			    "cannot be run");
	}
}

/* Gitaly has the repositories, or we read them where they lie. */
static void
look_at_storages(
    const struct site *s, const struct engine *e, struct problems *p)
{
	const char *state;
	size_t i;

	for (i = 0; i < s->n_storages; i++) {
		if (e->gitaly) {
			engine_look_at_storage(
			    &s->storages[i], s->storages[i].name, p);
			continue;
		}
		state = site_dir_state(s->storages[i].path);
		if (strcmp(state, "found") != 0)
			problems_add(
			    p, PROG_FAILED, s->storages[i].name, "%s", state);
	}
}

/* What will keep a backup from being made, or from being complete. */
static void
look_at_backup(const struct site *s, const struct engine *e,
    json_object *programs, struct problems *p)
{
	struct buf lines = {NULL, 0, 0};
	size_t i;

	look_at_programs(programs, p);
	if (e->gitaly)
		engine_look_at_program(s, p);
	look_at_journal(s, p);
	/* It says itself which database cannot be reached, and why. */
	if (ask_databases(s, &lines) != PROG_DONE)
		problems_add(p, PROG_FAILED, "databases", "cannot be read");
	buf_free(&lines);
	look_at_storages(s, e, p);
	for (i = 0; i < s->n_kinds; i++) {
		if (strcmp(site_dir_state(s->kinds[i].dir), "unreadable") == 0)
			problems_add(
			    p, PROG_FAILED, s->kinds[i].id, "unreadable");
	}
}

/*
 * Kinds that are kept in buckets, of which some are copied.  Returns PROG_DONE,
 * or 128 + a signal.
 */
static int
look_at_buckets(const struct opts *o, const struct site *s, struct problems *p)
{
	const struct site_kind *k;
	struct bucket_copy c;
	int rc = PROG_DONE;
	char *why;
	size_t i;

	run_catch_signals();
	for (i = 0; i < s->n_kinds && rc == PROG_DONE; i++) {
		k = &s->kinds[i];
		if (k->bucket == NULL)
			continue;
		why = buckets_gap(o, k);
		c = (struct bucket_copy){k, k->bucket, o->backup_bucket, ""};
		if (why != NULL) {
			problems_add(p, PROG_PARTIAL, k->id, "%s", why);
		} else {
			problems_add(p, PROG_DONE, k->id,
			    "kept in bucket %s, which a backup copies to %s",
			    k->bucket, o->backup_bucket);
			rc = buckets_check(o, &c, PROG_PARTIAL, p);
		}
		free(why);
	}
	return rc;
}

int
check_backup(const struct opts *o, const struct site *s, json_object *out)
{
	struct problems p = {NULL, PROG_DONE};
	struct engine e =
	    engine_choose(s, o->server_side ? "gitaly" : o->engine);
	json_object *programs = programs_array(o, s, &e);
	int rc;

	js_put_text(out, "repository_engine", e.name);
	if (o->backup_path != NULL)
		js_put_text(out, "backup_path", o->backup_path);
	json_object_object_add(out, "programs", programs);
	look_at_backup(s, &e, programs, &p);
	rc = look_at_buckets(o, s, &p);
	json_object_object_add(out, "problems", problems_take(&p));
	return rc != PROG_DONE ? rc : p.status;
}
