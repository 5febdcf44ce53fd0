/* The verb check: what of a site was found, and what is missing. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/prog.h"
#include "backup.h"
#include "proc/child.h"
#include "site/describe.h"

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

static json_object *
program_object(const char *name, int needed)
{
	json_object *o = json_object_new_object();
	char *path = child_find(name), *version = NULL;

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

static json_object *
programs_array(const struct site *s)
{
	static const char *const needed[] = {"glb-dbdump", "glb-repos",
	    "glb-blobs", "glb-gzip", "glb-meta", "pg_dump", "git", "tar"};
	json_object *list = json_object_new_array();
	size_t i;

	for (i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		json_object_array_add(list, program_object(needed[i], 1));
	json_object_array_add(list, program_object("psql", 0));
	json_object_array_add(list,
	    program_object(
		s->gitaly_backup != NULL ? s->gitaly_backup : "gitaly-backup",
		0));
	return list;
}

static void
add_problem(json_object *problems, int *status, int how, const char *what,
    const char *why)
{
	json_object *o = json_object_new_object();

	js_put_text(o, "what", what);
	js_put_text(o, "why", why);
	json_object_array_add(problems, o);
	*status = prog_worse(*status, how);
}

/* What will keep a backup from being made, or from being complete. */
static json_object *
problems_array(const struct site *s, json_object *programs, int *status)
{
	json_object *list = json_object_new_array(), *o;
	struct buf lines = {NULL, 0, 0};
	const char *state;
	size_t i;

	for (i = 0; i < json_object_array_length(programs); i++) {
		o = json_object_array_get_idx(programs, i);
		if (js_number(o, "needed") && *js_string(o, "version") == '\0')
			add_problem(list, status, PROG_FAILED,
			    js_string(o, "program"), "cannot be run");
	}
	/* It says itself which database cannot be reached, and why. */
	if (ask_databases(s, &lines) != PROG_DONE)
		add_problem(
		    list, status, PROG_FAILED, "databases", "cannot be read");
	buf_free(&lines);
	for (i = 0; i < s->n_storages; i++) {
		state = site_dir_state(s->storages[i].path);
		if (strcmp(state, "found") != 0)
			add_problem(list, status, PROG_FAILED,
			    s->storages[i].name, state);
	}
	for (i = 0; i < s->n_kinds; i++) {
		if (strcmp(site_dir_state(s->kinds[i].dir), "unreadable") == 0)
			add_problem(list, status, PROG_FAILED, s->kinds[i].id,
			    "unreadable");
		if (s->kinds[i].bucket != NULL)
			add_problem(list, status, PROG_PARTIAL, s->kinds[i].id,
			    "kept in a bucket, which is not backed up");
	}
	return list;
}

/* Prints an array of objects as a table with these columns. */
static void
print_table(const char *title, json_object *list, const char *const *columns)
{
	json_object *o, *v;
	const char *text;
	size_t i, k;

	printf("\n%s%s\n", title,
	    json_object_array_length(list) == 0 ? ": none" : "");
	for (i = 0; i < json_object_array_length(list); i++) {
		o = json_object_array_get_idx(list, i);
		printf(" ");
		for (k = 0; columns[k] != NULL; k++) {
			json_object_object_get_ex(o, columns[k], &v);
			text = v != NULL ? json_object_get_string(v) : "-";
			printf(" %-*s",
			    k == 0		 ? 18
				: columns[k + 1] ? 10
						 : 0,
			    text);
		}
		printf("\n");
	}
}

static void
print_text(json_object *o)
{
	static const char *const database[] = {
	    "name", "dumped", "database", "why", NULL};
	static const char *const storage[] = {
	    "name", "state", "path", "gitaly_address", NULL};
	static const char *const kind[] = {
	    "task", "state", "directory", "bucket", NULL};
	static const char *const prog[] = {"program", "version", "path", NULL};
	static const char *const problem[] = {"what", "why", NULL};

	json_object_object_foreach(
	    o, key, v) if (!json_object_is_type(v, json_type_array))
	    printf(
		"%-16s %s\n", key, v != NULL ? json_object_get_string(v) : "-");
	print_table("databases", js_array(o, "databases"), database);
	print_table("storages", js_array(o, "storages"), storage);
	print_table("kinds", js_array(o, "kinds"), kind);
	print_table("programs", js_array(o, "programs"), prog);
	print_table("problems", js_array(o, "problems"), problem);
}

int
verb_check(struct opts *o, char **operands)
{
	json_object *out, *programs;
	int status = PROG_DONE;
	struct site *site;

	if (operands[0] != NULL && strcmp(operands[0], "backup") != 0) {
		warnx("check: %s: not something that can be checked",
		    operands[0]);
		return PROG_USAGE;
	}
	site = site_read(&o->where);
	if (site == NULL)
		return PROG_FAILED;
	out = site_describe(site);
	if (o->backup_path != NULL)
		js_put_text(out, "backup_path", o->backup_path);
	programs = programs_array(site);
	json_object_object_add(out, "programs", programs);
	json_object_object_add(
	    out, "problems", problems_array(site, programs, &status));
	if (o->json)
		js_print(stdout, out);
	else
		print_text(out);
	json_object_put(out);
	site_free(site);
	return status;
}
