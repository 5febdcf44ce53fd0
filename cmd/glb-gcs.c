/* glb-gcs: buckets copied to buckets by Google's Storage Transfer Service. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/num.h"
#include "base/opt.h"
#include "base/prog.h"
#include "base/status.h"
#include "gcp/api.h"
#include "gcp/calls.h"
#include "gcp/follow.h"
#include "gcp/operation.h"
#include "gcp/secret.h"
#include "gcp/transfer.h"
#include "proc/run.h"
#include "store/id.h"

struct opts {
	const char *project, *source, *sink, *id, *kind, *instance;
	const char *key_file, *job_name, *busy, *time_limit, *backup_operation;
	int64_t expect_objects, expect_bytes;
	int no_wait, wait, cancel;
};

static const char *const job_names[] = {"own", "compat", NULL};
static const char *const busy[] = {"wait", "fail", NULL};

static const struct opt options[] = {
    {"backup-operation", 0, OPT_STRING, offsetof(struct opts, backup_operation),
	"NAME", "restore",
	"the operation that made the backup, to compare with what it found", 0,
	0, NULL},
    {"busy", 0, OPT_CHOICE, offsetof(struct opts, busy), "WHAT",
	"backup restore",
	"while another run uses the job: wait (the default) or fail", 0, 0,
	busy},
    {"cancel-on-interrupt", 0, OPT_FLAG, offsetof(struct opts, cancel), NULL,
	"backup restore", "when interrupted, cancel the operation", 0, 0, NULL},
    {"expect-bytes", 0, OPT_NUMBER, offsetof(struct opts, expect_bytes), "N",
	"restore", "bytes that the backup had", 0, INT64_MAX, NULL},
    {"expect-objects", 0, OPT_NUMBER, offsetof(struct opts, expect_objects),
	"N", "restore", "objects that the backup had", 0, INT64_MAX, NULL},
    {"id", 0, OPT_STRING, offsetof(struct opts, id), "ID", "backup restore",
	"id of the backup", 0, 0, NULL},
    {"instance", 0, OPT_STRING, offsetof(struct opts, instance), "NAME",
	"backup restore", "name of the site, a part of what jobs are called", 0,
	0, NULL},
    {"job-name", 0, OPT_CHOICE, offsetof(struct opts, job_name), "HOW",
	"backup restore",
	"name of the job: own (the default), or compat, GitLab's", 0, 0,
	job_names},
    {"kind", 0, OPT_STRING, offsetof(struct opts, kind), "KIND",
	"backup restore", "what is copied: uploads, lfs, ...", 0, 0, NULL},
    {"no-wait", 0, OPT_FLAG, offsetof(struct opts, no_wait), NULL,
	"backup restore", "start it and leave it to itself", 0, 0, NULL},
    {"project", 0, OPT_STRING, offsetof(struct opts, project), "P",
	"backup restore", "Google Cloud project that the jobs are in", 0, 0,
	NULL},
    {"service-account-file", 0, OPT_STRING, offsetof(struct opts, key_file),
	"FILE", NULL, "credentials (default: Google's usual order)", 0, 0,
	NULL},
    {"sink", 0, OPT_STRING, offsetof(struct opts, sink), "BUCKET[/PREFIX]",
	"backup restore", "where to copy to", 0, 0, NULL},
    {"source", 0, OPT_STRING, offsetof(struct opts, source), "BUCKET[/PREFIX]",
	"backup restore", "what to copy", 0, 0, NULL},
    {"time-limit", 0, OPT_STRING, offsetof(struct opts, time_limit), "DURATION",
	NULL, "how long to wait at most: 90m, 12h, ... (default: any time)", 0,
	0, NULL},
    {"wait", 0, OPT_FLAG, offsetof(struct opts, wait), NULL, "status",
	"wait until each is done", 0, 0, NULL},
    {0},
};

static const struct opt_verb verbs[] = {
    {"backup", "", 0, 0, "copy a bucket, or a part of it, into a backup"},
    {"restore", "", 0, 0, "copy what a backup has of a kind into a bucket"},
    {"status", "OPERATION...", 1, -1, "print what became of operations"},
    {0},
};

static const struct opt_program program = {
    .name = "glb-gcs",
    .about = "Copy buckets to buckets by Google's Storage Transfer Service.",
    .verbs = verbs,
    .options = options,
};

/* Warns that an option is not as it must be.  Returns PROG_USAGE. */
static int
wrong(const char *option, const char *value, const char *why)
{
	if (value == NULL)
		warnx("--%s is needed", option);
	else
		warnx("--%s: %s: %s", option, value, why);
	return PROG_USAGE;
}

/* The texts of the options.  Returns PROG_DONE or PROG_USAGE. */
static int
read_words(const struct opts *o)
{
	if (o->project == NULL || !calls_is_project(o->project))
		return wrong("project", o->project, "not a project's id");
	if (o->id == NULL || id_wrong(o->id) != NULL)
		return wrong("id", o->id, o->id ? id_wrong(o->id) : NULL);
	if (o->kind == NULL || id_wrong(o->kind) != NULL)
		return wrong(
		    "kind", o->kind, o->kind ? id_wrong(o->kind) : NULL);
	if (o->backup_operation != NULL &&
	    !operation_is_name(o->backup_operation))
		return wrong("backup-operation", o->backup_operation,
		    "not transferOperations/...");
	return PROG_DONE;
}

static int
read_limit(const struct opts *o, int64_t *limit)
{
	*limit = 0;
	if (o->time_limit != NULL && num_duration(o->time_limit, limit) == -1)
		return wrong("time-limit", o->time_limit,
		    "not a duration like 90m or 12h");
	return PROG_DONE;
}

/*
 * Fills t, which is to be freed, from the options.  Returns PROG_DONE, or
 * PROG_USAGE after a warning.
 */
static int
read_transfer(const struct opts *o, const char *verb, struct transfer *t)
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
	if (read_words(o) != PROG_DONE ||
	    read_limit(o, &t->limit) != PROG_DONE ||
	    location_read("source", o->source, !backup, &k->source) == -1 ||
	    location_read("sink", o->sink, backup, &k->sink) == -1 ||
	    transfer_place(t, o->id) == -1)
		return PROG_USAGE;
	return PROG_DONE;
}

static int
run_transfer(const struct opts *o, const char *verb)
{
	struct transfer t;
	struct api *a;
	int rc;

	memset(&t, 0, sizeof(t));
	rc = read_transfer(o, verb, &t);
	if (rc == PROG_DONE) {
		a = api_open(o->key_file);
		rc = a != NULL ? transfer_run(a, &t) : PROG_FAILED;
		api_close(a);
	}
	transfer_free(&t);
	return rc;
}

static int
run_status(const struct opts *o, char **operations)
{
	struct api *a;
	int64_t limit;
	int rc;
	char **p;

	if (read_limit(o, &limit) != PROG_DONE)
		return PROG_USAGE;
	for (p = operations; *p != NULL; p++)
		if (!operation_is_name(*p)) {
			warnx("%s: not transferOperations/...", *p);
			return PROG_USAGE;
		}
	a = api_open(o->key_file);
	rc =
	    a != NULL ? follow_run(a, operations, o->wait, limit) : PROG_FAILED;
	api_close(a);
	return rc;
}

int
main(int argc, char *argv[])
{
	struct opts o = {.job_name = "own",
	    .busy = "wait",
	    .instance = "",
	    .expect_objects = -1,
	    .expect_bytes = -1};
	const struct opt_verb *verb;
	char **operands;
	int rc;

	secret_guard();
	prog_start();
	signal(SIGPIPE, SIG_IGN);
	rc = opt_parse(&program, argc, argv, &o, &verb, &operands);
	if (rc == -1) {
		run_catch_signals();
		status_start();
		if (strcmp(verb->name, "status") == 0)
			rc = run_status(&o, operands);
		else
			rc = run_transfer(&o, verb->name);
		status_end();
	}
	rc = prog_finish(rc);
	if (run_signal() != 0)
		run_die(run_signal());
	return rc;
}
