/* The options of glb-gcs, and what they mean. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <stddef.h>
#include <string.h>

#include "base/num.h"
#include "gcp/calls.h"
#include "gcp/operation.h"
#include "gcp/request.h"

/* What is longer is for ever, and fits in milliseconds. */
#define LIMIT_MAX ((int64_t)100 * 366 * 86400)

static const char *const job_names[] = {"own", "compat", NULL};
static const char *const busy[] = {"wait", "fail", NULL};

const struct opt request_options[] = {
    {"backup-operation", 0, OPT_STRING,
	offsetof(struct request, backup_operation), "NAME", "restore",
	"the operation that made the backup, to compare with what it found", 0,
	0, NULL},
    {"busy", 0, OPT_CHOICE, offsetof(struct request, busy), "WHAT",
	"backup restore",
	"while another run uses the job: wait (the default) or fail", 0, 0,
	busy},
    {"cancel-on-interrupt", 0, OPT_FLAG, offsetof(struct request, cancel), NULL,
	"backup restore", "when interrupted, cancel the operation", 0, 0, NULL},
    {"expect-bytes", 0, OPT_NUMBER, offsetof(struct request, expect_bytes), "N",
	"restore", "bytes that the backup had", 0, INT64_MAX, NULL},
    {"expect-objects", 0, OPT_NUMBER, offsetof(struct request, expect_objects),
	"N", "restore", "objects that the backup had", 0, INT64_MAX, NULL},
    {"id", 0, OPT_STRING, offsetof(struct request, id), "ID", "backup restore",
	"id of the backup", 0, 0, NULL},
    {"instance", 0, OPT_STRING, offsetof(struct request, instance), "NAME",
	"backup restore", "name of the site, a part of what jobs are called", 0,
	0, NULL},
    {"job-name", 0, OPT_CHOICE, offsetof(struct request, job_name), "HOW",
	"backup restore",
	"name of the job: own (the default), or compat, GitLab's", 0, 0,
	job_names},
    {"json", 0, OPT_FLAG, offsetof(struct request, json), NULL, "check",
	"print one object of JSON", 0, 0, NULL},
    {"kind", 0, OPT_STRING, offsetof(struct request, kind), "KIND",
	"backup restore", "what is copied: uploads, lfs, ...", 0, 0, NULL},
    {"no-wait", 0, OPT_FLAG, offsetof(struct request, no_wait), NULL,
	"backup restore", "start it and leave it to itself", 0, 0, NULL},
    {"project", 0, OPT_STRING, offsetof(struct request, project), "P",
	"backup restore check", "Google Cloud project that the jobs are in", 0,
	0, NULL},
    {"service-account-file", 0, OPT_STRING, offsetof(struct request, key_file),
	"FILE", NULL, "credentials (default: Google's usual order)", 0, 0,
	NULL},
    {"sink", 0, OPT_STRING, offsetof(struct request, sink), "BUCKET[/PREFIX]",
	"backup restore check", "where to copy to", 0, 0, NULL},
    {"source", 0, OPT_STRING, offsetof(struct request, source),
	"BUCKET[/PREFIX]", "backup restore check", "what to copy", 0, 0, NULL},
    {"time-limit", 0, OPT_STRING, offsetof(struct request, time_limit),
	"DURATION", "backup restore status",
	"how long to wait at most: 90m, 12h, ... (default: any time)", 0, 0,
	NULL},
    {"wait", 0, OPT_FLAG, offsetof(struct request, wait), NULL, "status",
	"wait until each is done", 0, 0, NULL},
    {0},
};

/* Warns that an option is not as it must be.  Returns -1. */
static int
wrong(const char *option, const char *value, const char *why)
{
	if (value == NULL)
		warnx("--%s is needed", option);
	else
		warnx("--%s: %s: %s", option, value, why);
	return -1;
}

static int
read_words(const struct request *o)
{
	if (o->project == NULL || !calls_is_project(o->project))
		return wrong("project", o->project, "not a project's id");
	if (o->id == NULL)
		return wrong("id", NULL, NULL);
	if (o->kind == NULL)
		return wrong("kind", NULL, NULL);
	if (o->backup_operation != NULL &&
	    !operation_is_name(o->backup_operation))
		return wrong("backup-operation", o->backup_operation,
		    "not transferOperations/...");
	return 0;
}

int
request_limit(const struct request *o, int64_t *limit)
{
	*limit = 0;
	if (o->time_limit != NULL && num_duration(o->time_limit, limit) == -1)
		return wrong("time-limit", o->time_limit,
		    "not a duration like 90m or 12h");
	if (*limit > LIMIT_MAX)
		*limit = LIMIT_MAX;
	return 0;
}

int
request_read_places(
    const struct request *o, struct location *source, struct location *sink)
{
	if (o->project == NULL || !calls_is_project(o->project))
		return wrong("project", o->project, "not a project's id");
	if (location_read("source", o->source, false, source) == -1 ||
	    location_read("sink", o->sink, false, sink) == -1)
		return -1;
	return 0;
}

int
request_read(const struct request *o, const char *verb, struct transfer *t)
{
	bool backup = strcmp(verb, "backup") == 0;
	struct job_key *k = &t->key;

	k->instance = o->instance;
	k->project = o->project;
	k->kind = o->kind;
	k->verb = verb;
	k->compat = strcmp(o->job_name, "compat") == 0;
	t->fail_if_busy = strcmp(o->busy, "fail") == 0;
	t->no_wait = o->no_wait;
	t->cancel = o->cancel;
	t->backup_operation = o->backup_operation;
	t->expect_objects = o->expect_objects;
	t->expect_bytes = o->expect_bytes;
	if (read_words(o) == -1 || request_limit(o, &t->limit) == -1 ||
	    location_read("source", o->source, !backup, &k->source) == -1 ||
	    location_read("sink", o->sink, backup, &k->sink) == -1 ||
	    transfer_place(t, o->id) == -1)
		return -1;
	return 0;
}
