/* What copying a bucket needs, looked at before anything is copied. */
/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <string.h>

#include "base/alloc.h"
#include "base/js.h"
#include "base/prog.h"
#include "gcp/calls.h"
#include "gcp/findings.h"
#include "gcp/member.h"
#include "gcp/preflight.h"

/* A job that nobody has: what may be done to it is refused, or not there. */
#define NO_JOB "transferJobs/glb-check-of-permissions"

/* Can s be an e-mail?  It gets into commands for people to paste. */
static bool
is_email(const char *s)
{
	const char *p;

	for (p = s; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p) && strchr("-._@", *p) == NULL)
			return false;
	return strchr(s, '@') != NULL;
}

/* Billing and the project that is charged are refused by the same status. */
static bool
is_for_permission(const struct api_answer *ans)
{
	return *ans->reason == '\0' ||
	    strcmp(ans->reason, "IAM_PERMISSION_DENIED") == 0;
}

static int
find_agent(struct api *a, struct findings *f)
{
	struct buf path = {NULL, 0, 0};
	struct api_answer ans;
	const char *s;
	int rc;

	buf_puts(&path, "v1/googleServiceAccounts/");
	api_encode(&path, f->project, false);
	rc = bucket_ask(a, API_TRANSFER, "GET", buf_str(&path), NULL, &ans);
	buf_free(&path);
	if (rc == -1)
		goto out;
	s = member_string(ans.body, "accountEmail");
	if (s != NULL && is_email(s)) {
		f->agent = xstrdup(s);
		f->may[MAY_SEE_AGENT] = YES;
	} else if (ans.body != NULL) {
		list_add(&f->unknown, "the answer does not tell the agent");
	} else if (strcmp(ans.reason, "SERVICE_DISABLED") == 0) {
		f->disabled = true;
	} else if (calls_says(&ans, "PERMISSION_DENIED") &&
	    is_for_permission(&ans)) {
		f->may[MAY_SEE_AGENT] = NO;
	} else if (calls_says(&ans, "UNAUTHENTICATED")) {
		list_addf(&f->problems, "the account: %s", ans.message);
	} else if (calls_says(&ans, "PERMISSION_DENIED") ||
	    calls_says(&ans, "NOT_FOUND") ||
	    calls_says(&ans, "INVALID_ARGUMENT")) {
		list_addf(
		    &f->problems, "project %s: %s", f->project, ans.message);
	} else {
		f->mute = true;
		list_addf(&f->unknown, "Storage Transfer: %s", ans.message);
	}
out:
	api_answer_free(&ans);
	return rc;
}

/*
 * Whether a call is refused for want of permission.  *absent, unless it is
 * NULL, tells whether it was for want of the job.
 */
static int
try_call(struct api *a, const char *method, const char *path, const char *body,
    enum answer_to *may, bool *absent)
{
	json_object *o = body != NULL ? json_tokener_parse(body) : NULL;
	struct api_answer ans;
	int rc = bucket_ask(a, API_TRANSFER, method, path, o, &ans);

	if (rc == 0) {
		if (absent != NULL)
			*absent = calls_says(&ans, "NOT_FOUND");
		if (calls_says(&ans, "PERMISSION_DENIED"))
			*may = NO;
		else if (ans.http >= 200 && ans.http < 500 && ans.http != 401 &&
		    ans.http != 429)
			*may = YES;
	}
	json_object_put(o);
	api_answer_free(&ans);
	return rc;
}

/*
 * What the account may do is found out by calls that cannot do anything: of a
 * job that is not there, or without what a job must have.
 */
static int
find_permissions(struct api *a, struct findings *f)
{
	struct buf path = {NULL, 0, 0}, body = {NULL, 0, 0};
	bool absent = false;
	int rc;

	buf_puts(&path, "v1/" NO_JOB "?projectId=");
	api_encode(&path, f->project, false);
	/* A project's id has nothing that JSON would have to escape. */
	buf_printf(&body, "{\"projectId\":\"%s\"}", f->project);
	rc =
	    try_call(a, "GET", buf_str(&path), NULL, &f->may[MAY_GET], &absent);
	if (rc == 0)
		rc = try_call(a, "POST", "v1/transferJobs", buf_str(&body),
		    &f->may[MAY_CREATE], NULL);
	if (rc == 0 && absent)
		rc = try_call(a, "POST", "v1/" NO_JOB ":run", buf_str(&body),
		    &f->may[MAY_RUN], NULL);
	if (rc == 0 && absent)
		rc = try_call(a, "PATCH", "v1/" NO_JOB, buf_str(&body),
		    &f->may[MAY_UPDATE], NULL);
	buf_free(&path);
	buf_free(&body);
	return rc;
}

static int
look(struct api *a, struct findings *f)
{
	int i;

	if (find_agent(a, f) == -1)
		return -1;
	/* Of a project that the service refuses, no more is to be learnt. */
	if (f->problems.n > 0)
		return 0;
	if (!f->disabled && !f->mute && find_permissions(a, f) == -1)
		return -1;
	for (i = 0; i < 2; i++)
		if (bucket_look(
			a, f->end[i].place, f->agent, &f->end[i].bucket) == -1)
			return -1;
	return 0;
}

/*
 * A backup's place is below the sink, or below the source of a restore;
 * which it is shows in the one that has a prefix.
 */
static bool
are_apart(const struct location *source, const struct location *sink)
{
	struct location inner;
	bool overlap;

	if (source->path[0] != '\0' && sink->path[0] == '\0') {
		inner = location_below(sink, "ID", "KIND");
		overlap = location_overlap(source, &inner);
	} else if (source->path[0] == '\0' && sink->path[0] != '\0') {
		inner = location_below(source, "ID", "KIND");
		overlap = location_overlap(&inner, sink);
	} else {
		return !location_overlap(source, sink);
	}
	location_free(&inner);
	return !overlap;
}

int
preflight_run(struct api *a, const char *project, const struct location *source,
    const struct location *sink, bool json)
{
	struct findings f;
	int rc = PROG_FAILED;

	memset(&f, 0, sizeof(f));
	f.project = project;
	f.end[0].what = "source";
	f.end[0].place = source;
	f.end[0].roles = grant_source;
	f.end[1].what = "sink";
	f.end[1].place = sink;
	f.end[1].roles = grant_sink;
	f.apart = are_apart(source, sink);
	if (look(a, &f) == 0) {
		/* A metadata server's account is known only now. */
		f.account = api_account(a);
		f.origin = api_origin(a);
		rc = findings_judge(&f);
		if (json)
			findings_print_json(&f, rc);
		else
			findings_print(&f, rc);
	}
	findings_free(&f);
	return rc;
}
