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

#define VERDICTS 5

struct findings {
	const char *dir;
	const struct list *only;
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
    [FINDING_ABSENT] = "absent",
};

static void
row(const char *file, const char *checked, const char *verdict)
{
	printf("%-36s  %-28s  %s\n", file, checked, verdict);
}

struct findings *
findings_new(const char *dir, const struct list *only, int quick, int json)
{
	struct findings *f = xcalloc(1, sizeof(*f));

	f->dir = dir;
	f->only = only;
	f->quick = quick;
	f->json = json;
	f->sums = 1;
	pthread_mutex_init(&f->lock, NULL);
	if (!json)
		row("FILE", "CHECKED", "VERDICT");
	return f;
}

/* What one line tells. */
struct entry {
	const char *file, *checked;
	uint64_t bytes, content; /* content 0: not known */
	enum finding verdict;
	const char *why; /* or NULL */
};

static void
print_json(const struct entry *e)
{
	json_object *o = json_object_new_object();

	js_put_text(o, "file", e->file);
	js_put_text(o, "checked", e->checked);
	js_put_number(o, "bytes", e->bytes);
	if (e->content > 0)
		js_put_number(o, "content_bytes", e->content);
	js_put_text(o, "verdict", names[e->verdict]);
	if (e->verdict != FINDING_OK)
		js_put_text(o, "reason",
		    e->why != NULL ? e->why : "see standard error");
	js_print(stdout, o);
	json_object_put(o);
}

/* Adds anything, which is as many files. */
static void
add(struct findings *f, const struct entry *e, unsigned int files)
{
	char *line = text_line(e->file), *reason;

	pthread_mutex_lock(&f->lock);
	f->files += files;
	f->bytes += e->bytes;
	f->n[e->verdict]++;
	if (e->why != NULL) {
		reason = text_line(e->why);
		warnx("%s: %s", line, reason);
		free(reason);
	}
	if (f->json)
		print_json(e);
	else if (e->verdict == FINDING_OK &&
	    text_starts(e->file, "repositories/"))
		f->hidden++;
	else
		row(line, e->checked, names[e->verdict]);
	pthread_mutex_unlock(&f->lock);
	free(line);
}

void
findings_add(struct findings *f, const char *file, const char *checked,
    uint64_t bytes, enum finding verdict, const char *why)
{
	struct entry e = {file, checked, bytes, 0, verdict, why};

	add(f, &e, 1);
}

void
findings_add_sound(struct findings *f, const char *file, const char *checked,
    uint64_t bytes, uint64_t content)
{
	struct entry e = {file, checked, bytes, content, FINDING_OK, NULL};

	add(f, &e, 1);
}

void
findings_add_part(struct findings *f, const char *name, const char *checked,
    enum finding verdict, const char *why)
{
	struct entry e = {name, checked, 0, 0, verdict, why};

	add(f, &e, 0);
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
	if (f->n[FINDING_UNREADABLE] + f->n[FINDING_ABSENT] > 0)
		rc = prog_worse(rc, PROG_FAILED);
	return rc;
}

static void
sum_up_json(const struct findings *f, int rc)
{
	json_object *o = json_object_new_object(), *only;
	size_t i;

	js_put_text(o, "backup", f->dir);
	js_put_bool(o, "quick", f->quick);
	if (f->only->n > 0) {
		only = json_object_new_array();
		for (i = 0; i < f->only->n; i++)
			json_object_array_add(
			    only, json_object_new_string(f->only->v[i]));
		json_object_object_add(o, "only", only);
	}
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
	size_t i;

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
		printf("all ok%s", f->quick ? " at a quick look" : "");
	else
		printf("%" PRIu64 " ok, %" PRIu64 " damaged, %" PRIu64
		       " unreadable, %" PRIu64 " unchecked",
		    f->n[FINDING_OK], f->n[FINDING_DAMAGED],
		    f->n[FINDING_UNREADABLE], f->n[FINDING_UNCHECKED]);
	if (f->n[FINDING_ABSENT] > 0)
		printf(", %" PRIu64 " absent", f->n[FINDING_ABSENT]);
	for (i = 0; i < f->only->n; i++)
		printf(
		    "%s%s", i == 0 ? "; looked only at " : ", ", f->only->v[i]);
	putchar('\n');
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
