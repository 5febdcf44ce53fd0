/* Everything that stands against a restore, found before anything changes. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/prog.h"
#include "console.h"
#include "proc/child.h"
#include "restore.h"

/* What an earlier restore has left undecided, as bad as that is for us. */
static void
look_at_journal(struct restore *r)
{
	struct problems *p = &r->problems;
	struct journal j;

	if (journal_read(r->work, &j) != PROG_DONE)
		problems_add(p, PROG_FAILED, r->work,
		    "the journal of an earlier restore cannot be read");
	else if (j.phase == JOURNAL_KEPT)
		problems_add(p, PROG_FAILED, "earlier restore",
		    "what the restore of backup %s replaced is still kept: "
		    "run gitlab-backup-cli discard, or rollback, first",
		    j.id);
	else if (j.phase == JOURNAL_RESTORING)
		problems_add(p, PROG_DONE, "earlier restore",
		    "that of backup %s did not end: what it replaced is put "
		    "back first",
		    j.id);
	else if (j.phase == JOURNAL_DISCARDING)
		problems_add(p, PROG_DONE, "earlier restore",
		    "what that of backup %s replaced is removed first", j.id);
	r->earlier = j.phase;
	journal_free(&j);
}

/* What verifying has said becomes problems as bad as it has found it. */
static void
take_over(struct restore *r, const struct plan_job *j)
{
	int how = j->status;
	size_t i;

	for (i = 0; i < j->warnings.n; i++)
		problems_add(
		    &r->problems, how, "backup", "%s", j->warnings.v[i]);
	if (j->n_warnings > j->warnings.n)
		problems_add(&r->problems, how, "backup",
		    "and %llu more: gitlab-backup-cli verify %s lists them",
		    (unsigned long long)(j->n_warnings - j->warnings.n),
		    r->dir);
	if (j->n_warnings == 0 && j->cause != NULL)
		problems_add(&r->problems, how, "backup", "%s", j->cause);
}

/* Only what is to be restored: damage elsewhere does not matter now. */
static void
what_to_verify(struct restore *r, struct list *parts)
{
	const struct site_kind *k;
	size_t i;

	for (i = 0; i < r->tasks.n; i++) {
		k = site_kind(r->site, r->tasks.v[i]);
		if (k != NULL ? restore_has(r, k->archive)
			      : !r->server_side ||
			    strcmp(r->tasks.v[i], "repositories") != 0)
			list_add(parts, r->tasks.v[i]);
	}
}

static int
verify(struct restore *r, const struct list *parts)
{
	struct plan p = {NULL, 0, false};
	struct plan_job *j = plan_job(&p, "verify", "");
	struct plan_stage *s = plan_stage(j, "glb-meta");
	int rc;

	plan_arg(s, "verify");
	args_list(s, "only", parts);
	plan_arg(s, "%s", r->dir);
	rc = plan_run(&p, 1, console_event_silent, &p);
	if (rc <= 128)
		take_over(r, j);
	plan_free(&p);
	return rc;
}

static void
look_at_version(struct restore *r)
{
	const char *theirs = r->info.gitlab_version, *ours = r->site->version;

	if (theirs != NULL && strcmp(theirs, ours) == 0)
		return;
	problems_add(&r->problems,
	    r->opts->allow_version_mismatch ? PROG_DONE : PROG_FAILED,
	    "version", "the backup is of GitLab %s, this is %s%s",
	    theirs != NULL ? theirs : "(unknown)", ours,
	    r->opts->allow_version_mismatch
		? ""
		: ": version and edition must be the same "
		  "(--allow-version-mismatch)");
}

static void
look_at_programs(struct restore *r)
{
	static const char *const programs[][2] = {{"glb-meta", NULL},
	    {"glb-gzip", NULL}, {"glb-dbdump", "db"}, {"psql", "db"},
	    {"glb-repos", "repositories"}, {"git", "repositories"},
	    {"tar", "repositories"}, {"glb-blobs", NULL}, {"glb-gcs", NULL}};
	char *path;
	size_t i;

	for (i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		if (programs[i][1] != NULL &&
		    !list_has(&r->tasks, programs[i][1]))
			continue;
		if (strcmp(programs[i][0], "tar") == 0 && r->engine.gitaly)
			continue; /* Gitaly itself unpacks the hooks */
		if (strcmp(programs[i][0], "glb-gcs") == 0 && r->n_buckets == 0)
			continue;
		path = child_find(programs[i][0]);
		if (path == NULL)
			problems_add(&r->problems, PROG_FAILED, programs[i][0],
			    "no such program on PATH");
		free(path);
	}
}

void
preflight_target(struct restore *r, const char *what, const char *where,
    const char *device, uint64_t needed, uint64_t free_bytes)
{
	json_object *o = json_object_new_object();

	js_put_text(o, "target", what);
	js_put_text(o, "where", where);
	js_put_text(o, "device", device);
	if (needed != UINT64_MAX)
		js_put_number(o, "needed_bytes", needed);
	if (free_bytes != UINT64_MAX)
		js_put_number(o, "free_bytes", free_bytes);
	json_object_array_add(r->targets, o);
}

/* What is another matter if Gitaly has the repositories. */
static void
look_at_engine(struct restore *r)
{
	struct problems *p = &r->problems;

	if (!r->engine.gitaly) {
		if (r->server_side)
			problems_add(p, PROG_FAILED, "repositories",
			    "are in Gitaly's own object storage: only the "
			    "engine gitaly can restore them");
		return;
	}
	engine_look_at_program(r->site, p);
	problems_add(p, PROG_DONE, "repositories",
	    "Gitaly replaces them in place: there is no way back for them, "
	    "and so they come last%s",
	    r->opts->keep_replaced ? "; --keep-replaced keeps the rest" : "");
	if (r->server_side)
		problems_add(p, PROG_DONE, "repositories",
		    "are in Gitaly's own object storage, and not verified "
		    "beforehand");
}

int
preflight(struct restore *r)
{
	struct list parts = {NULL, 0};
	int rc = PROG_DONE;

	r->targets = json_object_new_array();
	look_at_journal(r);
	look_at_version(r);
	look_at_programs(r);
	if (list_has(&r->tasks, "repositories"))
		look_at_engine(r);
	if (list_has(&r->tasks, "db") || list_has(&r->tasks, "repositories"))
		preflight_databases(r);
	preflight_targets(r);
	preflight_overlaps(r);
	rc = preflight_buckets(r);
	/* The longest comes last. */
	what_to_verify(r, &parts);
	if (rc == PROG_DONE && !r->opts->no_verify && parts.n > 0)
		rc = verify(r, &parts);
	list_free(&parts);
	return rc > 128 ? rc : r->problems.status;
}
