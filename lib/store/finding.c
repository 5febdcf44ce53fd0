/* What verifying a backup finds, told to people or to programs. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/alloc.h"
#include "base/js.h"
#include "base/num.h"
#include "base/prog.h"
#include "base/text.h"
#include "store/finding.h"

#define VERDICTS 4

struct findings {
	const char *dir;
	int quick, json, sums;
	pthread_mutex_t lock; /* of stdout and all below */
	uint64_t n[VERDICTS]; /* how many of each verdict */
	uint64_t files, bytes, repositories;
	uint64_t hidden; /* sound files that the table does not show */
};

static const char *const names[VERDICTS] = {
    [FINDING_OK] = "ok",
    [FINDING_DAMAGED] = "damaged",
    [FINDING_UNREADABLE] = "unreadable",
    [FINDING_UNCHECKED] = "unchecked",
};

static void
row(const char *file, const char *checked, const char *verdict)
{
	printf("%-36s  %-28s  %s\n", file, checked, verdict);
}

struct findings *
findings_new(const char *dir, int quick, int json)
{
	struct findings *f = xcalloc(1, sizeof(*f));

	f->dir = dir;
	f->quick = quick;
	f->json = json;
	f->sums = 1;
	pthread_mutex_init(&f->lock, NULL);
	if (!json)
		row("FILE", "CHECKED", "VERDICT");
	return f;
}

static void
print_json(const char *file, const char *checked, uint64_t bytes,
    enum finding verdict, const char *why)
{
	json_object *o = json_object_new_object();

	js_put_text(o, "file", file);
	js_put_text(o, "checked", checked);
	js_put_number(o, "bytes", bytes);
	js_put_text(o, "verdict", names[verdict]);
	if (verdict != FINDING_OK)
		js_put_text(
		    o, "reason", why != NULL ? why : "see standard error");
	js_print(stdout, o);
	json_object_put(o);
}

/* Adds anything.  Call with the lock held. */
static void
add(struct findings *f, const char *file, const char *checked, uint64_t bytes,
    enum finding verdict, const char *why)
{
	char *line = text_line(file), *reason;
	int below = text_starts(file, "repositories/");

	f->n[verdict]++;
	if (why != NULL) {
		reason = text_line(why);
		warnx("%s: %s", line, reason);
		free(reason);
	}
	if (f->json)
		print_json(file, checked, bytes, verdict, why);
	else if (below && verdict == FINDING_OK)
		f->hidden++;
	else
		row(line, checked, names[verdict]);
	free(line);
}

void
findings_add(struct findings *f, const char *file, const char *checked,
    uint64_t bytes, enum finding verdict, const char *why)
{
	pthread_mutex_lock(&f->lock);
	f->files++;
	f->bytes += bytes;
	add(f, file, checked, bytes, verdict, why);
	pthread_mutex_unlock(&f->lock);
}

void
findings_add_part(struct findings *f, const char *name, const char *checked,
    enum finding verdict, const char *why)
{
	pthread_mutex_lock(&f->lock);
	add(f, name, checked, 0, verdict, why);
	pthread_mutex_unlock(&f->lock);
}

void
findings_repositories(struct findings *f, uint64_t n)
{
	pthread_mutex_lock(&f->lock);
	f->repositories += n;
	pthread_mutex_unlock(&f->lock);
}

void
findings_no_sums(struct findings *f)
{
	f->sums = 0;
	warnx("%s: no SHA256SUMS: not every change can be found", f->dir);
}

/* The worst of all verdicts as a status. */
static int
judge(const struct findings *f)
{
	int rc = PROG_DONE;

	if (f->n[FINDING_UNCHECKED] > 0)
		rc = prog_worse(rc, PROG_PARTIAL);
	if (f->n[FINDING_DAMAGED] > 0)
		rc = prog_worse(rc, PROG_DAMAGED);
	if (f->n[FINDING_UNREADABLE] > 0)
		rc = prog_worse(rc, PROG_FAILED);
	return rc;
}

static void
sum_up_json(const struct findings *f, int rc)
{
	json_object *o = json_object_new_object();
	int i;

	js_put_text(o, "backup", f->dir);
	js_put_bool(o, "quick", f->quick);
	js_put_bool(o, "sums", f->sums);
	js_put_number(o, "files", f->files);
	js_put_number(o, "bytes", f->bytes);
	js_put_number(o, "repositories", f->repositories);
	for (i = 0; i < VERDICTS; i++)
		js_put_number(o, names[i], f->n[i]);
	js_put_number(o, "status", (uint64_t)rc);
	js_print(stdout, o);
	json_object_put(o);
}

static void
sum_up(const struct findings *f)
{
	char size[16], text[64];

	if (f->hidden > 0) {
		snprintf(text, sizeof(text),
		    "repositories/ (%" PRIu64 " files)", f->hidden);
		row(text,
		    f->quick	  ? "name"
			: f->sums ? "sha256"
				  : "name",
		    names[FINDING_OK]);
	}
	printf("%" PRIu64 " files, %s: ", f->files,
	    num_human(f->bytes, size, sizeof(size)));
	if (judge(f) == PROG_DONE)
		printf("all ok%s\n", f->quick ? " at a quick look" : "");
	else
		printf("%" PRIu64 " ok, %" PRIu64 " damaged, %" PRIu64
		       " unreadable, %" PRIu64 " unchecked\n",
		    f->n[FINDING_OK], f->n[FINDING_DAMAGED],
		    f->n[FINDING_UNREADABLE], f->n[FINDING_UNCHECKED]);
}

int
findings_end(struct findings *f)
{
	int rc = judge(f);

	if (f->json)
		sum_up_json(f, rc);
	else
		sum_up(f);
	pthread_mutex_destroy(&f->lock);
	free(f);
	return rc;
}
