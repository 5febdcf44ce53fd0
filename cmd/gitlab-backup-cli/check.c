/* The verb check: what of a site was found, what stands against a run. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/prog.h"
#include "backup.h"
#include "buckets.h"
#include "console.h"
#include "problems.h"
#include "restore.h"
#include "site/describe.h"

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
	static const char *const target[] = {
	    "target", "device", "needed_bytes", "free_bytes", "where", NULL};
	static const char *const problem[] = {"what", "severity", "why", NULL};

	json_object_object_foreach(
	    o, key, v) if (!json_object_is_type(v, json_type_array))
	    printf(
		"%-16s %s\n", key, v != NULL ? json_object_get_string(v) : "-");
	print_table("databases", js_array(o, "databases"), database);
	print_table("storages", js_array(o, "storages"), storage);
	print_table("kinds", js_array(o, "kinds"), kind);
	if (js_array(o, "programs") != NULL)
		print_table("programs", js_array(o, "programs"), prog);
	if (js_array(o, "targets") != NULL)
		print_table("targets", js_array(o, "targets"), target);
	print_table("problems", js_array(o, "problems"), problem);
}

/* Adds what stands against a restore.  Returns a status, or 128 + a signal. */
static int
check_restore(
    struct opts *o, const struct site *s, char **operands, json_object *out)
{
	struct restore r = {.opts = o, .site = s};
	char all[] = "all", *words[] = {all, operands[0], NULL};
	int rc;

	run_catch_signals();
	rc = restore_open(
	    &r, operands[0] != NULL && operands[1] == NULL ? words : operands);
	if (rc == PROG_DONE) {
		rc = preflight(&r);
		js_put_text(out, "backup", r.dir);
		js_put_text(out, "backup_id", r.info.backup_id);
		js_put_text(out, "backup_version", r.info.gitlab_version);
		json_object_object_add(out, "targets", r.targets);
		r.targets = NULL;
		json_object_object_add(
		    out, "problems", problems_take(&r.problems));
	}
	restore_free(&r);
	return rc;
}

static int
check(struct opts *o, const struct site *s, char **operands)
{
	json_object *out = site_describe(s);
	int rc;

	if (operands[0] != NULL && strcmp(operands[0], "restore") == 0)
		rc = check_restore(o, s, operands + 1, out);
	else
		rc = check_backup(o, s, out);
	/* Without problems there is none to tell: it ended earlier. */
	if (rc <= 128 && js_array(out, "problems") != NULL) {
		if (o->json)
			js_print(stdout, out);
		else
			print_text(out);
	}
	json_object_put(out);
	return rc;
}

int
verb_check(struct opts *o, char **operands)
{
	const char *what = operands[0];
	struct site *site;
	int rc;

	if (what != NULL &&
	    (strcmp(what, "backup") == 0 ? operands[1] != NULL
					 : strcmp(what, "restore") != 0)) {
		warnx("check: %s: not something that can be checked",
		    strcmp(what, "backup") == 0 ? operands[1] : what);
		return PROG_USAGE;
	}
	rc = options_complete(o);
	if (rc == PROG_DONE && (what == NULL || strcmp(what, "backup") == 0))
		rc = options_repositories(o);
	if (rc != PROG_DONE)
		return rc;
	console_start(o, "");
	site = buckets_site(o, &rc);
	if (site == NULL)
		return rc;
	rc = check(o, site, operands);
	site_free(site);
	if (rc > 128)
		run_die(rc - 128);
	return rc;
}
