/* A backup shown to people, and to programs. */
/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/js.h"
#include "base/num.h"
#include "base/prog.h"
#include "base/text.h"
#include "store/extent.h"
#include "store/markers.h"
#include "store/report.h"
#include "store/show.h"

/*
 * A backup's files may come from anywhere: nothing of them is printed as it
 * stands.  The member key on one line; the caller frees it.
 */
static char *
text_of(json_object *o, const char *key)
{
	return text_line(js_string(o, key));
}

static void
print_field(const char *label, const char *value)
{
	char *line = text_line(value != NULL ? value : "unknown");

	printf("%-15s %s\n", label, line);
	free(line);
}

static void
print_jobs(json_object *report)
{
	json_object *jobs, *j;
	char size[16], *name, *status;
	size_t i;

	jobs = js_array(report, "jobs");
	if (jobs == NULL)
		return;
	printf("\n%-22s %-8s %10s %10s\n", "JOB", "STATUS", "BYTES", "ITEMS");
	for (i = 0; i < json_object_array_length(jobs); i++) {
		j = json_object_array_get_idx(jobs, i);
		num_human(js_number(j, "bytes_out"), size, sizeof(size));
		name = text_of(j, "name");
		status = text_of(j, "status");
		printf("%-22s %-8s %10s %10llu\n", name, status, size,
		    (unsigned long long)js_number(j, "items"));
		free(name);
		free(status);
	}
}

/* The warnings of the jobs: why one is partial. */
static void
print_warnings(json_object *report)
{
	json_object *jobs = js_array(report, "jobs"), *j, *list;
	char *text;
	size_t i, k;

	for (i = 0; jobs != NULL && i < json_object_array_length(jobs); i++) {
		j = json_object_array_get_idx(jobs, i);
		list = js_array(j, "warnings");
		if (list == NULL || json_object_array_length(list) == 0)
			continue;
		text = text_of(j, "name");
		printf("\nWarnings of %s (%llu):\n", text,
		    (unsigned long long)js_number(j, "warnings_total"));
		free(text);
		for (k = 0; k < json_object_array_length(list); k++) {
			text = text_line(json_object_get_string(
			    json_object_array_get_idx(list, k)));
			printf("  %s\n", text);
			free(text);
		}
	}
}

/* Prints the members keys of o on one line, each on one line itself. */
static void
print_joined(const char *before, json_object *o, const char *const *keys)
{
	char *text;

	printf("  %s", before);
	for (; *keys != NULL; keys++) {
		text = text_of(o, *keys);
		printf("%s%s", text, keys[1] != NULL ? ": " : "\n");
		free(text);
	}
}

static void
print_gaps(json_object *report)
{
	static const char *const gap[] = {"what", "why", NULL};
	json_object *list = js_array(report, "left_out");
	size_t i;

	if (list != NULL && json_object_array_length(list) > 0) {
		printf("\nLeft out:\n");
		for (i = 0; i < json_object_array_length(list); i++)
			print_joined(
			    "", json_object_array_get_idx(list, i), gap);
	}
}

/* How many repositories became what; a run by hand has not noted it. */
static void
print_counts(json_object *o)
{
	json_object *list = js_array(o, "failures");
	static const char *const failure[] = {
	    "storage_name", "relative_path", "error", NULL};
	size_t i;

	if (!json_object_object_get_ex(o, "ok", NULL))
		return;
	/* What each of them has only Gitaly knows. */
	if (js_number(o, "server_side") != 0)
		printf("  %llu stored, %llu failed\n",
		    (unsigned long long)(js_number(o, "ok") +
			js_number(o, "unchanged")),
		    (unsigned long long)js_number(o, "failed"));
	else
		printf("  %llu with content, %llu empty, %llu missing, %llu "
		       "unchanged, %llu failed\n",
		    (unsigned long long)js_number(o, "ok"),
		    (unsigned long long)js_number(o, "empty"),
		    (unsigned long long)js_number(o, "missing"),
		    (unsigned long long)js_number(o, "unchanged"),
		    (unsigned long long)js_number(o, "failed"));
	for (i = 0; list != NULL && i < json_object_array_length(list); i++)
		print_joined(
		    "failed: ", json_object_array_get_idx(list, i), failure);
}

/* The repositories: who made them, what became of them, their chain. */
static void
print_repositories(json_object *report, json_object *chain)
{
	static const char *const step[] = {"at", "id", NULL};
	json_object *o;
	char *text;
	size_t i;

	if (!json_object_object_get_ex(report, "repositories", &o))
		return;
	text = text_of(o, "engine");
	printf("\nRepositories by %s", *text != '\0' ? text : "git");
	free(text);
	text = text_of(o, "base");
	if (*text != '\0')
		printf(", continuing %s", text);
	else if (js_number(o, "incremental") != 0)
		printf(", continuing what was there");
	free(text);
	printf("%s:\n",
	    report_server_side(report) ? ", in Gitaly's own object storage"
				       : "");
	print_counts(o);
	/* Gitaly before 18.11 marks no backup, so that none can be named. */
	if (json_object_array_length(chain) < 2) {
		if (js_number(o, "steps") > 1)
			printf("  chains of up to %llu steps\n",
			    (unsigned long long)js_number(o, "steps"));
		return;
	}
	printf("  a chain of %zu:\n", json_object_array_length(chain));
	for (i = 0; i < json_object_array_length(chain); i++)
		print_joined("  ", json_object_array_get_idx(chain, i), step);
}

/* One copy between buckets, with its operation as long as nothing is counted.
 */
static void
print_operation(json_object *o)
{
	char *kind = text_of(o, "kind"), *status = text_of(o, "status");
	char *sink = text_of(o, "sink"), *name = text_of(o, "operation");
	char size[16];

	printf("  %s: ", kind);
	if (json_object_object_get_ex(o, "objects", NULL) &&
	    strcmp(status, "SUCCESS") == 0)
		printf("%llu objects, %s",
		    (unsigned long long)js_number(o, "objects"),
		    num_human(js_number(o, "bytes"), size, sizeof(size)));
	else
		printf("%s (%s)", status, name);
	printf(", in %s\n", sink);
	free(kind);
	free(status);
	free(sink);
	free(name);
}

static void
print_operations(json_object *report)
{
	json_object *list = js_array(report, "object_storage");
	size_t i, n = list != NULL ? json_object_array_length(list) : 0;

	if (n > 0)
		printf("\nObject storage, when the backup was made:\n");
	for (i = 0; i < n; i++)
		print_operation(json_object_array_get_idx(list, i));
}

static void
print_text(const char *dir, const struct info *i, json_object *report,
    json_object *chain)
{
	print_field("Backup:", i->backup_id);
	print_field("Path:", dir);
	print_field("Created:", i->created_at);
	print_field("GitLab version:", i->gitlab_version);
	if (report == NULL) {
		print_field("Report:", "none");
		return;
	}
	print_field("Made by:", js_string(report, "program"));
	print_field("Status:", js_string(report, "status"));
	print_jobs(report);
	print_warnings(report);
	print_gaps(report);
	print_repositories(report, chain);
	print_operations(report);
}

int
show_backup(const char *dir, int json)
{
	json_object *report, *chain, *o;
	int status = PROG_DONE;
	struct info i;

	status = info_read(dir, &i);
	if (status != PROG_DONE) {
		info_free(&i);
		return status;
	}
	report = report_read(dir);
	if (report == NULL && errno != ENOENT)
		status = PROG_DAMAGED;
	chain = markers_array(dir);
	if (json) {
		o = json_object_new_object();
		js_put_text(o, "path", dir);
		js_put_number(
		    o, "metadata_version", (uint64_t)i.metadata_version);
		js_put_text(o, "backup_id", i.backup_id);
		js_put_text(o, "created_at", i.created_at);
		js_put_text(o, "gitlab_version", i.gitlab_version);
		json_object_object_add(o, "contents", extent_list(dir, report));
		json_object_object_add(o, "chain", chain);
		json_object_object_add(o, "report", report);
		js_print(stdout, o);
		json_object_put(o);
	} else {
		print_text(dir, &i, report, chain);
		json_object_put(report);
		json_object_put(chain);
	}
	info_free(&i);
	return status;
}

static void
print_entry_json(const struct catalog_entry *e)
{
	json_object *o = json_object_new_object();
	json_object *buckets = json_object_new_array();
	char when[32], *kind;
	size_t i;

	for (i = 0; i < e->buckets.n; i++) {
		kind = text_line(e->buckets.v[i]);
		json_object_array_add(buckets, json_object_new_string(kind));
		free(kind);
	}
	js_put_text(o, "id", e->id);
	js_put_text(o, "path", e->path);
	js_put_text(o, "created_at", info_time_text(e->when, when));
	js_put_text(o, "gitlab_version", e->info.gitlab_version);
	js_put_number(o, "bytes", e->bytes);
	js_put_text(o, "state", catalog_state_name(e->state));
	js_put_text(o, "base", e->base);
	js_put_number(o, "steps", e->steps);
	js_put_bool(o, "server_side", e->server_side);
	json_object_object_add(o, "object_storage", buckets);
	js_print(stdout, o);
	json_object_put(o);
}

static void
print_entry(const struct catalog_entry *e)
{
	const char *v = e->info.gitlab_version;
	char when[32], size[16], *id, *version, *base;

	id = text_line(e->id);
	version = text_line(v != NULL ? v : "-");
	base = text_line(e->base != NULL ? e->base
		: e->server_side	 ? "(in Gitaly's object storage)"
					 : "-");
	printf("%-40s %-20s %-12s %10s  %-10s  %5zu  %s\n", id,
	    info_time_text(e->when, when), version,
	    num_human(e->bytes, size, sizeof(size)),
	    catalog_state_name(e->state), e->steps, base);
	free(base);
	free(id);
	free(version);
}

void
show_catalog(const struct catalog *c, int json)
{
	size_t i;

	if (!json)
		printf("%-40s %-20s %-12s %10s  %-10s  %5s  %s\n", "ID",
		    "CREATED", "GITLAB", "SIZE", "STATE", "STEPS", "BASE");
	for (i = 0; i < c->n; i++)
		if (json)
			print_entry_json(&c->v[i]);
		else
			print_entry(&c->v[i]);
}
