/* The calls of Storage Transfer that the suite makes, as they are sent. */
/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <err.h>
#include <string.h>

#include "base/buf.h"
#include "base/js.h"
#include "gcp/answer.h"
#include "gcp/calls.h"
#include "gcp/pace.h"
#include "gcp/spec.h"

#define PROJECT_MAX 100
#define ASKED_MAX 600000 /* ms that a service may make us wait */
#define CUT_OFF_MAX 4 /* answers */
#define CANCEL_MS 5000 /* that someone who interrupts us will wait */

/* Some have the name of a domain before them: "example.com:project". */
bool
calls_is_project(const char *s)
{
	const char *p;

	for (p = s; *p != '\0'; p++)
		if (!islower((unsigned char)*p) &&
		    !isdigit((unsigned char)*p) && strchr("-.:", *p) == NULL)
			return false;
	return p > s && p - s <= PROJECT_MAX;
}

/*
 * What may be sent again is, a few times, after an answer that was cut off on
 * its way.
 */
static int
call(struct api *a, enum api_effect effect, const char *method,
    const struct buf *path, json_object *body, struct api_answer *ans)
{
	struct api_request r;
	int rc, i;

	r.service = API_TRANSFER;
	r.effect = effect;
	r.method = method;
	r.path = buf_str(path);
	r.body = body;
	for (i = 0;; i++) {
		rc = api_call(a, &r, ans);
		if (rc == -1 || i == CUT_OFF_MAX || effect != API_IDEMPOTENT ||
		    !calls_says(ans, "MALFORMED"))
			return rc;
		api_answer_free(ans);
		if (pace_wait(pace_jitter(1000 << i)) == -1)
			return -1;
	}
}

/* "v1/NAME" and what comes behind it. */
static void
path_of(struct buf *path, const char *name, const char *behind)
{
	buf_puts(path, "v1/");
	api_encode(path, name, true);
	buf_puts(path, behind);
}

int
calls_get_job(
    struct api *a, const char *project, const char *job, struct api_answer *ans)
{
	struct buf path = {NULL, 0, 0};
	int rc;

	path_of(&path, job, "?projectId=");
	api_encode(&path, project, false);
	rc = call(a, API_IDEMPOTENT, "GET", &path, NULL, ans);
	buf_free(&path);
	return rc;
}

int
calls_create_job(struct api *a, const char *project, const char *job,
    const struct location *from, const struct location *to,
    struct api_answer *ans)
{
	json_object *body = json_object_new_object();
	struct buf path = {NULL, 0, 0};
	int rc;

	js_put_text(body, "name", job);
	js_put_text(body, "projectId", project);
	json_object_object_add(body, "transferSpec", spec_make(from, to));
	js_put_text(body, "status", "ENABLED");
	buf_puts(&path, "v1/transferJobs");
	rc = call(a, API_ONCE, "POST", &path, body, ans);
	json_object_put(body);
	buf_free(&path);
	return rc;
}

int
calls_patch_job(struct api *a, const char *project, const char *job,
    const struct location *from, const struct location *to,
    struct api_answer *ans)
{
	json_object *body = json_object_new_object();
	json_object *patch = json_object_new_object();
	struct buf path = {NULL, 0, 0};
	int rc;

	json_object_object_add(patch, "transferSpec", spec_make(from, to));
	js_put_text(patch, "status", "ENABLED");
	js_put_text(body, "projectId", project);
	json_object_object_add(body, "transferJob", patch);
	js_put_text(body, "updateTransferJobFieldMask", "transfer_spec,status");
	path_of(&path, job, "");
	rc = call(a, API_IDEMPOTENT, "PATCH", &path, body, ans);
	json_object_put(body);
	buf_free(&path);
	return rc;
}

int
calls_run_job(
    struct api *a, const char *project, const char *job, struct api_answer *ans)
{
	json_object *body = json_object_new_object();
	struct buf path = {NULL, 0, 0};
	int rc;

	js_put_text(body, "projectId", project);
	path_of(&path, job, ":run");
	rc = call(a, API_ONCE, "POST", &path, body, ans);
	json_object_put(body);
	buf_free(&path);
	return rc;
}

int
calls_list_newest(
    struct api *a, const char *project, const char *job, struct api_answer *ans)
{
	json_object *filter = json_object_new_object();
	json_object *names = json_object_new_array();
	struct buf path = {NULL, 0, 0}, text = {NULL, 0, 0};
	int rc;

	js_put_text(filter, "projectId", project);
	json_object_array_add(names, json_object_new_string(job));
	json_object_object_add(filter, "jobNames", names);
	js_line(&text, filter);
	buf_puts(&path, "v1/transferOperations?pageSize=1&filter=");
	api_encode(&path, buf_str(&text), false);
	rc = call(a, API_IDEMPOTENT, "GET", &path, NULL, ans);
	json_object_put(filter);
	buf_free(&text);
	buf_free(&path);
	return rc;
}

int
calls_get_operation(struct api *a, const char *operation,
    enum api_effect effect, struct api_answer *ans)
{
	struct buf path = {NULL, 0, 0};
	int rc;

	path_of(&path, operation, "");
	rc = call(a, effect, "GET", &path, NULL, ans);
	buf_free(&path);
	return rc;
}

int
calls_cancel_operation(
    struct api *a, const char *operation, struct api_answer *ans)
{
	json_object *body = json_object_new_object();
	struct buf path = {NULL, 0, 0};
	int rc;

	api_hurry(a, CANCEL_MS);
	path_of(&path, operation, ":cancel");
	rc = call(a, API_ONCE, "POST", &path, body, ans);
	json_object_put(body);
	buf_free(&path);
	return rc;
}

bool
calls_may_pass(const struct api_answer *ans)
{
	return answer_passing(ans) || calls_says(ans, "MALFORMED");
}

int64_t
calls_pause(const struct api_answer *ans, int64_t ms)
{
	int64_t asked =
	    ans->retry_after < ASKED_MAX ? ans->retry_after : ASKED_MAX;

	ms = pace_jitter(ms);
	return ms > asked ? ms : asked;
}

bool
calls_says(const struct api_answer *ans, const char *status)
{
	return strcmp(ans->status, status) == 0;
}

void
calls_warn(const char *label, const char *what, const char *name,
    const struct api_answer *ans)
{
	const char *hint = "";

	if (strcmp(ans->reason, "SERVICE_DISABLED") == 0)
		hint = "; gcloud services enable storagetransfer.googleapis.com"
		       " switches it on";
	else if (calls_says(ans, "PERMISSION_DENIED") ||
	    strstr(ans->message, "insufficient permissions") != NULL)
		hint = "; glb-gcs check tells which roles are needed";
	warnx("%s: %s %s: %s%s", label, what, name, ans->message, hint);
}
