/* What a look before copying has found, for people and for programs. */
/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "base/js.h"
#include "base/prog.h"
#include "base/text.h"
#include "gcp/findings.h"

static const char *
or_unknown(const char *s)
{
	return s != NULL && *s != '\0' ? s : "not known";
}

static void
print_end(const struct findings *f, const struct findings_end *end)
{
	static const char *const seen[] = {[UNKNOWN] = "not known",
	    [YES] = "granted",
	    [NO] = "not seen on the bucket"};
	const struct bucket *b = &end->bucket;
	const struct grant_role *r;
	char *url = location_url(end->place);

	printf("%-12s %s: ", end->what, url);
	if (b->seen == BUCKET_THERE)
		printf("%s, %s\n", or_unknown(b->location),
		    or_unknown(b->storage_class));
	else
		printf("%s\n",
		    b->seen == BUCKET_ABSENT ? "does not exist" : "not known");
	for (r = end->roles; r->role != NULL; r++)
		printf("%-12s the agent needs %s: %s\n", "", r->role,
		    seen[f->agent != NULL ? findings_role(end, r) : UNKNOWN]);
	free(url);
}

static void
print_list(const char *what, const struct list *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		printf("%-12s %s\n", what, l->v[i]);
}

void
findings_print(const struct findings *f, int status)
{
	static const char *const may[] = {
	    [UNKNOWN] = "not known", [YES] = "not refused", [NO] = "refused"};
	size_t i;
	int p;

	printf("%-12s %s\n", "account", or_unknown(f->account));
	printf("%-12s %s\n", "credentials", or_unknown(f->origin));
	printf("%-12s %s\n", "project", f->project);
	for (p = 0; p < PERMISSIONS; p++)
		printf("%-12s the account needs %s: %s\n", "",
		    findings_permissions[p],
		    p == MAY_GET_OPERATION ? "cannot be tried"
					   : may[f->may[p]]);
	printf("%-12s %s\n", "agent", or_unknown(f->agent));
	print_end(f, &f->end[0]);
	print_end(f, &f->end[1]);
	print_list("note", &f->notes);
	print_list("not known", &f->unknown);
	print_list("wrong", &f->problems);
	if (f->commands.n > 0)
		puts(status == PROG_FAILED ? "\nThis mends it:"
					   : "\nIf that is not so yet:");
	for (i = 0; i < f->commands.n; i++)
		printf("  %s\n", f->commands.v[i]);
}

/* true, false, or null. */
static void
put_answer(json_object *o, const char *key, enum answer_to is)
{
	if (is == UNKNOWN)
		json_object_object_add(o, key, NULL);
	else
		js_put_bool(o, key, is == YES);
}

static json_object *
end_json(const struct findings *f, const struct findings_end *end)
{
	json_object *o = json_object_new_object();
	json_object *roles = json_object_new_array(), *role;
	const struct bucket *b = &end->bucket;
	const struct grant_role *r;
	enum answer_to exists = b->seen == BUCKET_THERE ? YES : NO;

	js_put_text(o, "bucket", end->place->bucket);
	js_put_text(o, "path", end->place->path);
	put_answer(o, "exists", b->seen == BUCKET_HIDDEN ? UNKNOWN : exists);
	js_put_text(o, "location", b->location);
	js_put_text(o, "storage_class", b->storage_class);
	for (r = end->roles; r->role != NULL; r++) {
		role = json_object_new_object();
		js_put_text(role, "role", r->role);
		put_answer(role, "seen",
		    f->agent != NULL ? findings_role(end, r) : UNKNOWN);
		json_object_array_add(roles, role);
	}
	json_object_object_add(o, "agent_roles", roles);
	return o;
}

void
findings_print_json(const struct findings *f, int status)
{
	json_object *o = json_object_new_object();
	json_object *may = json_object_new_object();
	int p;

	js_put_text(o, "account", *f->account != '\0' ? f->account : NULL);
	js_put_text(o, "credentials", f->origin);
	js_put_text(o, "project", f->project);
	for (p = 0; p < PERMISSIONS; p++)
		put_answer(may, findings_permissions[p], f->may[p]);
	json_object_object_add(o, "permissions", may);
	js_put_text(o, "agent", f->agent);
	json_object_object_add(o, "source", end_json(f, &f->end[0]));
	json_object_object_add(o, "sink", end_json(f, &f->end[1]));
	js_put_bool(o, "apart", f->apart);
	js_put_list(o, "notes", &f->notes);
	js_put_list(o, "unknown", &f->unknown);
	js_put_list(o, "problems", &f->problems);
	js_put_list(o, "commands", &f->commands);
	js_put_number(o, "status", (uint64_t)status);
	js_print(stdout, o);
	json_object_put(o);
}
