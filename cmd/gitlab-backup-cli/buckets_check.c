/* What stands against a copy between buckets, as glb-gcs finds it. */
/* SPDX-License-Identifier: MIT */
#include <sys/mman.h>

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/io.h"
#include "base/prog.h"
#include "base/text.h"
#include "buckets.h"
#include "console.h"
#include "proc/child.h"

#define ANSWER_MAX (1 << 20)

/*
 * Runs the only job of the plan, and reads the object that it prints into
 * *answer, NULL if it prints none.  Returns a status, or 128 + a signal.
 */
static int
ask(struct plan *p, json_object **answer)
{
	int fd = memfd_create("answer", MFD_CLOEXEC), rc;
	struct buf text = {NULL, 0, 0};

	*answer = NULL;
	if (fd == -1) {
		warn("memfd_create");
		return PROG_FAILED;
	}
	p->jobs[0]->out = xasprintf("/proc/self/fd/%d", fd);
	rc = plan_run(p, 1, console_event_silent, p);
	if (io_read_all(fd, &text, ANSWER_MAX) == 0)
		*answer = json_tokener_parse(buf_str(&text));
	if (*answer != NULL &&
	    !json_object_is_type(*answer, json_type_object)) {
		json_object_put(*answer);
		*answer = NULL;
	}
	buf_free(&text);
	close(fd);
	return rc;
}

/* Adds the strings of an array.  Returns how many there were. */
static size_t
add_strings(struct problems *p, int how, const char *what, json_object *list)
{
	size_t i, n = list != NULL ? json_object_array_length(list) : 0;
	char *line;

	for (i = 0; i < n; i++) {
		line = text_line(
		    json_object_get_string(json_object_array_get_idx(list, i)));
		problems_add(p, how, what, "%s", line);
		free(line);
	}
	return n;
}

/* Is the same thing told already, of another kind? */
static bool
told(const struct problems *p, const char *why)
{
	size_t i, n = p->list != NULL ? json_object_array_length(p->list) : 0;

	for (i = 0; i < n; i++)
		if (strcmp(
			js_string(json_object_array_get_idx(p->list, i), "why"),
			why) == 0)
			return true;
	return false;
}

/* Adds the commands that help, each once. */
static void
add_commands(
    struct problems *p, const char *what, const char *before, json_object *list)
{
	size_t i, n = list != NULL ? json_object_array_length(list) : 0;
	char *line, *why;

	for (i = 0; i < n; i++) {
		line = text_line(
		    json_object_get_string(json_object_array_get_idx(list, i)));
		why = xasprintf("%s: %s", before, line);
		if (!told(p, why))
			problems_add(p, PROG_DONE, what, "%s", why);
		free(line);
		free(why);
	}
}

/* Adds what the job has said, for want of better words how it has ended. */
static void
add_said(
    struct problems *p, int how, const char *what, const struct plan_job *j)
{
	size_t i;

	for (i = 0; i < j->warnings.n; i++)
		problems_add(p, how, what, "%s", j->warnings.v[i]);
	if (j->warnings.n == 0)
		problems_add(p, how, what, "%s",
		    j->cause != NULL ? j->cause
				     : "glb-gcs could not find out everything");
}

int
buckets_check(const struct opts *o, const struct bucket_copy *c, int unknown,
    struct problems *p)
{
	struct plan plan = {NULL, 0, false};
	const char *what = c->kind->id;
	json_object *answer = NULL;
	size_t wrong = 0, unclear = 0;
	int rc;

	buckets_check_job(&plan, o, c);
	rc = ask(&plan, &answer);
	if (rc <= 128 && answer != NULL) {
		wrong = add_strings(
		    p, PROG_FAILED, what, js_array(answer, "problems"));
		unclear =
		    add_strings(p, unknown, what, js_array(answer, "unknown"));
		add_strings(p, PROG_DONE, what, js_array(answer, "notes"));
	}
	if (rc == PROG_PARTIAL && wrong + unclear == 0)
		add_said(p, unknown, what, plan.jobs[0]);
	else if (rc != PROG_DONE && rc != PROG_PARTIAL && rc <= 128 &&
	    wrong == 0)
		add_said(p, PROG_FAILED, what, plan.jobs[0]);
	if (answer != NULL && rc == PROG_FAILED)
		add_commands(
		    p, what, "this mends it", js_array(answer, "commands"));
	else if (answer != NULL && rc == PROG_PARTIAL && unknown != PROG_DONE)
		add_commands(p, what, "if that is not so yet",
		    js_array(answer, "commands"));
	json_object_put(answer);
	plan_free(&plan);
	return rc > 128 ? rc : PROG_DONE;
}

int
buckets_check_operation(const struct opts *o, const char *operation,
    const char *what, struct problems *p)
{
	struct plan plan = {NULL, 0, false};
	json_object *answer = NULL;
	int rc;

	buckets_status_job(&plan, o, operation);
	rc = ask(&plan, &answer);
	if (rc == PROG_PARTIAL)
		problems_add(p, PROG_FAILED, what,
		    "the copy that the backup has begun goes on: glb-gcs "
		    "status --wait %s waits for it",
		    operation);
	else if (rc != PROG_DONE && rc <= 128)
		add_said(p, PROG_FAILED, what, plan.jobs[0]);
	json_object_put(answer);
	plan_free(&plan);
	return rc > 128 ? rc : PROG_DONE;
}
