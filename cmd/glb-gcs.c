/* glb-gcs: buckets copied to buckets by Google's Storage Transfer Service. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/opt.h"
#include "base/prog.h"
#include "base/status.h"
#include "gcp/api.h"
#include "gcp/follow.h"
#include "gcp/operation.h"
#include "gcp/preflight.h"
#include "gcp/request.h"
#include "gcp/secret.h"
#include "gcp/transfer.h"
#include "proc/run.h"
#include "store/id.h"

static const struct opt_verb verbs[] = {
    {"backup", "", 0, 0, "copy a bucket, or a part of it, into a backup"},
    {"restore", "", 0, 0, "copy what a backup has of a kind into a bucket"},
    {"status", "OPERATION...", 1, -1, "print what became of operations"},
    {"check", "", 0, 0, "say what copying needs, and what of it is there"},
    {0},
};

static const struct opt_program program = {
    .name = "glb-gcs",
    .about = "Copy buckets to buckets by Google's Storage Transfer Service.",
    .verbs = verbs,
    .options = request_options,
};

/* The id and the kind become parts of the names of objects.  1 or 0. */
static int
named_well(const struct request *o)
{
	if (id_wrong(o->id) != NULL)
		warnx("--id: %s: %s", o->id, id_wrong(o->id));
	else if (id_wrong(o->kind) != NULL)
		warnx("--kind: %s: %s", o->kind, id_wrong(o->kind));
	else
		return 1;
	return 0;
}

static int
run_transfer(const struct request *o, const char *verb)
{
	struct transfer t;
	struct api *a;
	int rc;

	memset(&t, 0, sizeof(t));
	rc = PROG_USAGE;
	if (request_read(o, verb, &t) == 0 && named_well(o)) {
		a = api_open(o->key_file);
		rc = a != NULL ? transfer_run(a, &t) : PROG_FAILED;
		api_close(a);
	}
	transfer_free(&t);
	return rc;
}

static int
run_status(const struct request *o, char **operations)
{
	struct api *a;
	int64_t limit;
	int rc;
	char **p;

	if (request_limit(o, &limit) == -1)
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

static int
run_check(const struct request *o)
{
	struct location source = {NULL, NULL}, sink = {NULL, NULL};
	struct api *a;
	int rc = PROG_USAGE;

	if (request_read_places(o, &source, &sink) == 0) {
		a = api_open(o->key_file);
		rc = a != NULL
		    ? preflight_run(a, o->project, &source, &sink, o->json)
		    : PROG_FAILED;
		api_close(a);
	}
	location_free(&source);
	location_free(&sink);
	return rc;
}

int
main(int argc, char *argv[])
{
	struct request o = REQUEST_DEFAULTS;
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
		else if (strcmp(verb->name, "check") == 0)
			rc = run_check(&o);
		else
			rc = run_transfer(&o, verb->name);
		status_end();
	}
	rc = prog_finish(rc);
	if (run_signal() != 0)
		run_die(run_signal());
	return rc;
}
