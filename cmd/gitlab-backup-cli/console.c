/* What people and programs see of a run: lines, live progress, JSON. */
/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/js.h"
#include "base/num.h"
#include "base/prog.h"
#include "console.h"
#include "store/info.h"

/* The original's marks; each has a variation selector that asks for colour. */
#define ICON_INFO "\u2139\ufe0f "
#define ICON_SUCCESS "\u2705\ufe0f"
#define ICON_WARNING "\u26a0\ufe0f "
#define ICON_ERROR "\u274c\ufe0f"

/* One process has one console. */
static struct {
	int quiet, json, live, colour;
	FILE *events; /* with json: where objects go */
	const char *work; /* "Backup" or "restoration" */
} console;

static void
print_json(const char *level, const char *event, const struct plan_job *j,
    const char *text)
{
	json_object *o = json_object_new_object();
	char when[32];

	js_put_text(o, "time", info_time_text(time(NULL), when));
	js_put_text(o, "level", level);
	js_put_text(o, "event", event);
	if (j != NULL)
		js_put_text(o, "job", j->name);
	js_put_text(o, "message", text);
	js_print(console.events, o);
	json_object_put(o);
}

/*
 * What a stream does that stands in for stderr: each line that some part of
 * this program warns becomes an object, too.
 */
static ssize_t
write_warning(void *cookie, const char *text, size_t size)
{
	char *copy = xstrndup(text, size), *rest = copy, *line;

	(void)cookie;
	while ((line = strsep(&rest, "\n")) != NULL)
		if (*line != '\0')
			print_json("warning", "message", NULL, line);
	free(copy);
	return (ssize_t)size;
}

void
console_start(const struct opts *o, const char *work)
{
	const cookie_io_functions_t io = {NULL, write_warning, NULL, NULL};
	FILE *f;

	console.work = work;
	console.quiet = o->quiet;
	console.json = strcmp(o->log_format, "json") == 0;
	console.live = !o->quiet && !console.json && isatty(STDERR_FILENO);
	console.colour = isatty(STDOUT_FILENO);
	console.events = stderr;
	if (!console.json || (f = fopencookie(NULL, "w", io)) == NULL)
		return;
	setvbuf(f, NULL, _IOLBF, BUFSIZ);
	stderr = f;
}

static void
say(const char *level, const char *icon, const char *text)
{
	int loud = strcmp(level, "warning") == 0 || strcmp(level, "error") == 0;
	time_t now = time(NULL);
	char when[32];
	struct tm tm;

	if (console.quiet && !loud)
		return;
	if (console.json) {
		print_json(level, "message", NULL, text);
		return;
	}
	progress_erase();
	gmtime_r(&now, &tm);
	strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S UTC", &tm);
	fprintf(loud ? stderr : stdout, "[%s] %s %s\n", when, icon, text);
	fflush(stdout);
}

#define SAY(level, icon) \
	do { \
		va_list ap; \
		char *text; \
		va_start(ap, fmt); \
		text = xvasprintf(fmt, ap); \
		va_end(ap); \
		say(level, icon, text); \
		free(text); \
	} while (0)

void
console_info(const char *fmt, ...)
{
	SAY("info", ICON_INFO);
}

void
console_success(const char *fmt, ...)
{
	SAY("success", ICON_SUCCESS);
}

void
console_warning(const char *fmt, ...)
{
	SAY("warning", ICON_WARNING);
}

void
console_error(const char *fmt, ...)
{
	SAY("error", ICON_ERROR);
}

/* Is j the only job of its task that has been started so far? */
static int
first_of_task(const struct plan *p, const struct plan_job *j)
{
	size_t i;

	for (i = 0; i < p->n_jobs; i++)
		if (p->jobs[i] != j && p->jobs[i]->state != PLAN_WAITING &&
		    strcmp(p->jobs[i]->task, j->task) == 0)
			return 0;
	return 1;
}

/* When the task of j began, if all its jobs have ended well; else 0. */
static int64_t
task_finished(const struct plan *p, const struct plan_job *j)
{
	int64_t began = j->started;
	size_t i;

	for (i = 0; i < p->n_jobs; i++) {
		if (strcmp(p->jobs[i]->task, j->task) != 0)
			continue;
		if (p->jobs[i]->state != PLAN_ENDED ||
		    p->jobs[i]->cause != NULL)
			return 0;
		if (p->jobs[i]->started < began)
			began = p->jobs[i]->started;
	}
	return began;
}

static void
say_line(const struct plan_job *j, const char *text)
{
	progress_erase();
	if (console.json)
		print_json("warning", "line", j, text);
	else
		fprintf(stderr, "%s\n", text);
}

/*
 * A remote job tells what is begun elsewhere, too.  Those who want to hear of
 * warnings only get to hear it if the job does not end well.
 */
static bool
held_back(const struct plan_job *j)
{
	return console.quiet && j->remote;
}

static void
say_held_back(const struct plan_job *j)
{
	size_t i;

	for (i = 0; j->status != PROG_DONE && i < j->warnings.n; i++)
		say_line(j, j->warnings.v[i]);
}

static void
say_end(const struct plan *p, const struct plan_job *j)
{
	int64_t began;

	if (j->what != NULL && j->cause == NULL)
		console_info("%s ... %s[DONE]%s", j->what,
		    console.colour ? "\033[32m" : "",
		    console.colour ? "\033[0m" : "");
	began = task_finished(p, j);
	if (began != 0 && *j->task != '\0')
		console_success("Finished %s of %s! (%llds)", console.work,
		    j->task, (long long)(j->ended - began));
}

void
console_event(
    void *arg, enum run_event event, const struct plan_job *j, const char *text)
{
	const struct plan *p = arg;

	switch (event) {
	case RUN_START:
		progress_start(j);
		if (console.json)
			print_json("info", "start", j, j->name);
		if (*j->task != '\0' && first_of_task(p, j))
			console_info(
			    "Executing %s of %s...", console.work, j->task);
		break;
	case RUN_LINE:
		if (!held_back(j))
			say_line(j, text);
		break;
	case RUN_END:
		if (held_back(j))
			say_held_back(j);
		progress_erase();
		if (console.json)
			print_json(j->cause != NULL ? "error" : "info", "end",
			    j, j->cause != NULL ? j->cause : "done");
		say_end(p, j);
		break;
	case RUN_TICK:
		if (console.live)
			progress_draw(p);
		break;
	}
}

void
console_event_silent(
    void *arg, enum run_event event, const struct plan_job *j, const char *text)
{
	if (event != RUN_LINE)
		console_event(arg, event, j, text);
}
