/* What a look before copying has found, and what it means. */
/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/prog.h"
#include "base/text.h"
#include "gcp/findings.h"

#define ROLE_ID "glbTransfer"

const char *const findings_permissions[PERMISSIONS] = {
    "storagetransfer.jobs.create",
    "storagetransfer.jobs.get",
    "storagetransfer.jobs.run",
    "storagetransfer.jobs.update",
    "storagetransfer.projects.getServiceAccount",
    "storagetransfer.operations.get",
};

enum answer_to
findings_role(const struct findings_end *end, const struct grant_role *role)
{
	if (!end->bucket.policy)
		return UNKNOWN;
	return (role->needs & ~end->bucket.rights) == 0 ? YES : NO;
}

/* A command of these words up to a NULL, quoted for a shell. */
static void
command(struct findings *f, const char *const *words)
{
	struct buf line = {NULL, 0, 0};

	buf_puts(&line, "gcloud");
	for (; *words != NULL; words++) {
		buf_putc(&line, ' ');
		text_shell(&line, *words);
	}
	list_add(&f->commands, buf_str(&line));
	buf_free(&line);
}

/* Who he is to IAM: "serviceAccount:E" or "user:E". */
static char *
member_of(const char *account)
{
	const char *kind = text_ends(account, ".gserviceaccount.com")
	    ? "serviceAccount"
	    : "user";

	return xasprintf("%s:%s", kind, account);
}

/* A role of the project's with what copying needs, for the caller. */
static void
mend_permissions(struct findings *f)
{
	struct buf all = {NULL, 0, 0};
	char *project = xasprintf("--project=%s", f->project), *member, *role;
	int i;

	buf_puts(&all, "--permissions=");
	for (i = 0; i < PERMISSIONS; i++)
		buf_printf(
		    &all, "%s%s", i > 0 ? "," : "", findings_permissions[i]);
	command(f,
	    (const char *const[]){"iam", "roles", "create", ROLE_ID, project,
		buf_str(&all), NULL});
	if (*f->account != '\0') {
		char *who = member_of(f->account);

		member = xasprintf("--member=%s", who);
		role =
		    xasprintf("--role=projects/%s/roles/" ROLE_ID, f->project);
		command(f,
		    (const char *const[]){"projects", "add-iam-policy-binding",
			f->project, member, role, "--condition=None", NULL});
		free(role);
		free(member);
		free(who);
	} else {
		list_addf(&f->notes,
		    "the account, whoever it is, needs the role "
		    "projects/%s/roles/" ROLE_ID,
		    f->project);
	}
	buf_free(&all);
	free(project);
}

static void
judge_permissions(struct findings *f)
{
	bool lacks = false;
	int i;

	for (i = 0; i < PERMISSIONS; i++) {
		/* Whether one may see what is not there, none would tell. */
		if (i == MAY_GET_OPERATION)
			continue;
		if (f->may[i] == NO) {
			list_addf(&f->problems, "the account lacks %s",
			    findings_permissions[i]);
			lacks = true;
		} else if (f->may[i] == UNKNOWN) {
			list_addf(&f->unknown, "whether the account has %s",
			    findings_permissions[i]);
		}
	}
	if (lacks)
		mend_permissions(f);
}

static void
grant(struct findings *f, const char *url, const struct grant_role *r)
{
	char *member = xasprintf("--member=serviceAccount:%s", f->agent);
	char *role = xasprintf("--role=%s", r->role);

	command(f,
	    (const char *const[]){"storage", "buckets",
		"add-iam-policy-binding", url, member, role, NULL});
	free(role);
	free(member);
}

/* What the service agent may do there. */
static void
judge_roles(struct findings *f, const struct findings_end *end, const char *url)
{
	const struct bucket *b = &end->bucket;
	const struct grant_role *r;
	size_t i;

	for (i = 0; i < b->unjudged.n; i++)
		list_addf(&f->notes,
		    "%s: the agent has %s there, which is not judged: it has a "
		    "condition, or is not known here",
		    url, b->unjudged.v[i]);
	if (f->agent == NULL)
		return;
	if (!b->policy && b->seen != BUCKET_ABSENT)
		list_addf(&f->unknown, "which roles the agent has on %s%s%s",
		    url, b->policy_why != NULL ? ": " : "",
		    b->policy_why != NULL ? b->policy_why : "");
	for (r = end->roles; r->role != NULL; r++) {
		if (findings_role(end, r) == YES)
			continue;
		if (b->policy)
			list_addf(&f->unknown,
			    "%s of the agent is not seen on %s; the project "
			    "may give it",
			    r->role, url);
		grant(f, url, r);
	}
}

/* The bucket is made where the other one is, if that is known. */
static void
create(struct findings *f, const char *url, const char *location)
{
	char *project = xasprintf("--project=%s", f->project);
	char *where =
	    xasprintf("--location=%s", location != NULL ? location : "");

	command(f,
	    (const char *const[]){"storage", "buckets", "create", url, project,
		"--uniform-bucket-level-access",
		location != NULL ? where : NULL, NULL});
	free(where);
	free(project);
}

static void
judge_end(struct findings *f, int i)
{
	const struct findings_end *end = &f->end[i];
	const struct bucket *b = &end->bucket;
	char *url = xasprintf("gs://%s", end->place->bucket);

	if (b->seen == BUCKET_ABSENT) {
		list_addf(
		    &f->problems, "the %s %s does not exist", end->what, url);
		/* A source that is not there is a wrong name. */
		if (i == 1)
			create(f, url, f->end[0].bucket.location);
	} else if (b->seen == BUCKET_HIDDEN) {
		list_addf(&f->unknown, "whether the %s %s exists: %s",
		    end->what, url, b->why != NULL ? b->why : "not asked");
	}
	if (b->fine_acl)
		list_addf(&f->notes,
		    "%s: access is not uniform; ACLs of objects are not copied",
		    url);
	if (b->empty && i == 0)
		list_addf(&f->notes, "%s/%s: no object is there", url,
		    end->place->path);
	if (b->seen != BUCKET_ABSENT || i == 1)
		judge_roles(f, end, url);
	free(url);
}

/* Copies get the key of the bucket that they come into, not their own. */
static void
judge_keys(struct findings *f)
{
	const struct findings_end *from = &f->end[0], *to = &f->end[1];

	if (to->bucket.seen == BUCKET_THERE && from->bucket.key != NULL &&
	    to->bucket.key == NULL)
		list_addf(&f->notes,
		    "gs://%s has the encryption key %s, and gs://%s none: "
		    "copies are encrypted by Google's own",
		    from->place->bucket, from->bucket.key, to->place->bucket);
}

int
findings_judge(struct findings *f)
{
	char *project;

	if (!f->apart)
		list_add(&f->problems,
		    "one of source and sink is inside the "
		    "other");
	/* Without an account that is taken, nothing else was asked. */
	if (f->problems.n > (f->apart ? 0u : 1u))
		return PROG_FAILED;
	if (f->disabled) {
		list_addf(&f->problems,
		    "Storage Transfer is not enabled in project %s",
		    f->project);
		project = xasprintf("--project=%s", f->project);
		command(f,
		    (const char *const[]){"services", "enable",
			"storagetransfer.googleapis.com", project, NULL});
		free(project);
	} else {
		judge_permissions(f);
	}
	if (f->agent == NULL)
		list_add(&f->unknown, "who the service agent is");
	judge_end(f, 0);
	judge_end(f, 1);
	judge_keys(f);
	if (f->problems.n > 0)
		return PROG_FAILED;
	return f->unknown.n > 0 ? PROG_PARTIAL : PROG_DONE;
}

void
findings_free(struct findings *f)
{
	free(f->agent);
	bucket_free(&f->end[0].bucket);
	bucket_free(&f->end[1].bucket);
	list_free(&f->problems);
	list_free(&f->unknown);
	list_free(&f->notes);
	list_free(&f->commands);
}
