/* backup_report.json: what backup_information.json has no room for. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/js.h"
#include "base/prog.h"
#include "base/text.h"
#include "store/info.h"
#include "store/report.h"

#define REPORT_MAX (64 << 20) /* a thousand failures have a megabyte */

void
report_gap(struct report *r, const char *what, const char *why)
{
	r->gaps = xreallocarray(r->gaps, r->n_gaps + 1, sizeof(*r->gaps));
	r->gaps[r->n_gaps].what = text_line(what);
	r->gaps[r->n_gaps++].why = text_line(why);
}

void
report_free(struct report *r)
{
	size_t i;

	for (i = 0; i < r->n_gaps; i++) {
		free(r->gaps[i].what);
		free(r->gaps[i].why);
	}
	free(r->gaps);
	r->gaps = NULL;
	r->n_gaps = 0;
	list_free(&r->servers);
	list_free(&r->operations);
	json_object_put(r->object_storage);
	r->object_storage = NULL;
}

int
report_each_result(
    const char *file, void (*fn)(json_object *, void *), void *arg)
{
	char *line = NULL;
	size_t size = 0;
	json_object *o;
	int rc = 0;
	FILE *f;

	f = fopen(file, "re");
	if (f == NULL) {
		warn("%s", file);
		return -1;
	}
	while (rc == 0 && getline(&line, &size, f) != -1) {
		o = json_tokener_parse(line);
		if (json_object_is_type(o, json_type_object)) {
			fn(o, arg);
		} else {
			warnx("%s: not a result: %s", file, line);
			rc = -1;
		}
		json_object_put(o);
	}
	if (ferror(f)) {
		warn("%s", file);
		rc = -1;
	}
	free(line);
	fclose(f);
	return rc;
}

static void
count(json_object *o, void *arg)
{
	struct report *r = arg;
	const char *s = js_string(o, "status");
	uint64_t steps = js_number(o, "steps");

	if (steps > r->steps)
		r->steps = steps;
	if (strcmp(s, "failed") == 0)
		r->failed++;
	else if (strcmp(s, "empty") == 0)
		r->empty++;
	else if (strcmp(s, "missing") == 0)
		r->missing++;
	else if (strcmp(s, "unchanged") == 0)
		r->unchanged++;
	else
		r->ok++;
}

int
report_count(struct report *r)
{
	r->ok = r->empty = r->missing = r->unchanged = r->failed = 0;
	r->steps = 0;
	return report_each_result(r->repositories, count, r);
}

static void
add_operation(json_object *o, void *arg)
{
	json_object_array_add(arg, json_object_get(o));
}

int
report_operations(struct report *r)
{
	size_t i, n;

	json_object_put(r->object_storage);
	r->object_storage = json_object_new_array();
	for (i = 0; i < r->operations.n; i++) {
		n = json_object_array_length(r->object_storage);
		if (report_each_result(r->operations.v[i], add_operation,
			r->object_storage) == -1)
			return -1;
		if (json_object_array_length(r->object_storage) == n) {
			warnx("%s: has no result", r->operations.v[i]);
			return -1;
		}
	}
	return 0;
}

static void
put_time(json_object *o, const char *key, int64_t t)
{
	char when[32];

	if (t > 0)
		js_put_text(o, key, info_time_text((time_t)t, when));
}

static const char *
status_name(const struct plan_job *j)
{
	if (j->state != PLAN_ENDED)
		return "not run";
	return j->status == PROG_DONE	? "done"
	    : j->status == PROG_PARTIAL ? "partial"
					: "failed";
}

/* What the job's stage that compresses has read; 0: there is no such stage. */
static uint64_t
content_bytes(const struct plan_job *j)
{
	size_t i;

	for (i = 0; i < j->n_stages; i++)
		if (strcmp(j->stages[i].args[0].text, "glb-gzip") == 0)
			return j->stages[i].bytes_in;
	return 0;
}

static json_object *
job_object(const struct plan_job *j)
{
	json_object *o = json_object_new_object(), *lines;
	const struct plan_stage *last = &j->stages[j->n_stages - 1];
	/* A remote job tells what is begun elsewhere, too. */
	bool well = j->remote && j->status == PROG_DONE;
	size_t i;

	js_put_text(o, "name", j->name);
	js_put_text(o, "task", j->task);
	js_put_text(o, "status", status_name(j));
	put_time(o, "started_at", j->started);
	put_time(o, "ended_at", j->ended);
	js_put_number(o, "bytes_in", j->stages[0].bytes_in);
	js_put_number(o, "bytes_out", last->bytes_out);
	if (content_bytes(j) > 0)
		js_put_number(o, "content_bytes", content_bytes(j));
	js_put_number(o, "items",
	    j->stages[0].items > last->items ? j->stages[0].items
					     : last->items);
	js_put_number(o, "warnings_total", well ? 0 : j->n_warnings);
	lines = json_object_new_array();
	for (i = 0; i < j->warnings.n && !well; i++)
		json_object_array_add(
		    lines, json_object_new_string(j->warnings.v[i]));
	json_object_object_add(o, "warnings", lines);
	if (j->cause != NULL)
		js_put_text(o, "cause", j->cause);
	return o;
}

static void
add_failure(json_object *result, void *arg)
{
	json_object *list = arg, *o;

	if (strcmp(js_string(result, "status"), "failed") != 0 ||
	    json_object_array_length(list) >= REPORT_FAILURES)
		return;
	o = json_object_new_object();
	js_put_text(o, "storage_name", js_string(result, "storage_name"));
	js_put_text(o, "relative_path", js_string(result, "relative_path"));
	js_put_text(o, "error", js_string(result, "error"));
	json_object_array_add(list, o);
}

/* Adds what became of each, which a run by hand does not note. */
static void
put_results(json_object *o, const struct report *r)
{
	json_object *failures = json_object_new_array();

	js_put_number(o, "ok", r->ok);
	js_put_number(o, "empty", r->empty);
	js_put_number(o, "missing", r->missing);
	js_put_number(o, "unchanged", r->unchanged);
	if (!r->server_side)
		js_put_number(o, "steps", r->steps > 1 ? r->steps : 1);
	js_put_number(o, "failed", r->failed);
	report_each_result(r->repositories, add_failure, failures);
	json_object_object_add(o, "failures", failures);
}

static json_object *
repositories_object(const struct report *r)
{
	json_object *o = json_object_new_object();

	js_put_text(o, "engine", r->engine);
	js_put_bool(o, "server_side", r->server_side);
	js_put_bool(o, "incremental", r->incremental);
	if (r->base != NULL)
		js_put_text(o, "base", r->base);
	if (r->repositories != NULL)
		put_results(o, r);
	return o;
}

/* The jobs, what they wrote in all, and the verdict over them. */
static void
put_jobs(json_object *o, const struct report *r)
{
	json_object *jobs = json_object_new_array();
	int complete = r->n_gaps == 0;
	const struct plan_job *j;
	uint64_t bytes = 0;
	size_t i;

	for (i = 0; i < r->plan->n_jobs; i++) {
		j = r->plan->jobs[i];
		json_object_array_add(jobs, job_object(j));
		/* A remote job's are where the work was done. */
		if (!j->remote)
			bytes += j->stages[j->n_stages - 1].bytes_out;
		complete &= j->status == PROG_DONE;
	}
	js_put_text(o, "status", complete ? "complete" : "incomplete");
	js_put_number(o, "bytes", bytes);
	json_object_object_add(o, "jobs", jobs);
}

static json_object *
gaps_array(const struct report *r)
{
	json_object *list = json_object_new_array(), *o;
	size_t i;

	for (i = 0; i < r->n_gaps; i++) {
		o = json_object_new_object();
		js_put_text(o, "what", r->gaps[i].what);
		js_put_text(o, "why", r->gaps[i].why);
		json_object_array_add(list, o);
	}
	return list;
}

void
report_json(const struct report *r, struct buf *out)
{
	json_object *o = json_object_new_object();
	json_object *servers = json_object_new_object();
	size_t i, n;
	char *name;

	json_object_object_add(o, "report_version", json_object_new_int(1));
	js_put_text(o, "backup_id", r->id);
	js_put_text(o, "program", "gitlab-backup-cli " GLB_VERSION);
	js_put_text(o, "gitlab_version", r->gitlab_version);
	for (i = 0; i < r->servers.n; i++) {
		n = strcspn(r->servers.v[i], " ");
		name = xstrndup(r->servers.v[i], n);
		js_put_text(servers, name, r->servers.v[i] + n);
		free(name);
	}
	json_object_object_add(o, "database_servers", servers);
	put_time(o, "started_at", r->started);
	put_time(o, "ended_at", r->ended);
	json_object_object_add(o, "left_out", gaps_array(r));
	/* A run by hand adds its results, if it has any. */
	if (r->plan != NULL || r->operations.n == 0)
		json_object_object_add(o, "object_storage",
		    r->object_storage != NULL
			? json_object_get(r->object_storage)
			: json_object_new_array());
	if (r->engine != NULL)
		json_object_object_add(
		    o, "repositories", repositories_object(r));
	if (r->plan != NULL)
		put_jobs(o, r);
	buf_puts(out,
	    json_object_to_json_string_ext(o,
		JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
		    JSON_C_TO_STRING_NOSLASHESCAPE));
	buf_putc(out, '\n');
	json_object_put(o);
}

json_object *
report_read(const char *dir)
{
	char *path = xasprintf("%s/%s", dir, REPORT_FILE);
	json_object *o = js_read_file(path, REPORT_MAX);
	int saved = errno;

	free(path);
	errno = saved;
	return o;
}

/* Is file what the job called name makes?  Returns 1 or 0. */
static int
makes(const char *name, const char *file)
{
	char *made;
	int same;

	if (strcmp(name, "db.main") == 0)
		made = xstrdup("db/database.sql.gz");
	else if (text_starts(name, "db."))
		made = xasprintf("db/%s_database.sql.gz", name + 3);
	else
		made = xasprintf("%s.tar.gz", name);
	same = strcmp(made, file) == 0;
	free(made);
	return same;
}

json_object *
report_job(json_object *report, const char *file)
{
	json_object *jobs = NULL, *j;
	size_t i, n;

	if (report != NULL && !text_starts(file, "repositories/"))
		jobs = js_array(report, "jobs");
	n = jobs != NULL ? json_object_array_length(jobs) : 0;
	for (i = 0; i < n; i++) {
		j = json_object_array_get_idx(jobs, i);
		if (makes(js_string(j, "name"), file))
			return j;
	}
	return NULL;
}

bool
report_server_side(json_object *report)
{
	json_object *o;

	return report != NULL &&
	    json_object_object_get_ex(report, "repositories", &o) &&
	    js_number(o, "server_side") != 0;
}

enum report_verdict
report_verdict(json_object *report, int error)
{
	if (report == NULL)
		return error == ENOENT ? REPORT_NONE : REPORT_DAMAGED;
	return strcmp(js_string(report, "status"), "complete") == 0
	    ? REPORT_COMPLETE
	    : REPORT_INCOMPLETE;
}
