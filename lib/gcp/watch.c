/* Waiting for a transfer operation, however long it takes. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/status.h"
#include "base/text.h"
#include "gcp/calls.h"
#include "gcp/pace.h"
#include "gcp/watch.h"
#include "proc/run.h"

#define PAUSE_FIRST 5000 /* milliseconds */
#define PAUSE_MAX 60000
#define SAID_MAX 10 /* statuses that are worth a word */
#define UNSEEN_MAX 3 /* looks that may fail before it is worth a word */

/* Counters may go back between two looks; progress does not. */
static uint64_t
gain(uint64_t *last, uint64_t now)
{
	uint64_t more = now > *last ? now - *last : 0;

	*last += more;
	return more;
}

void
watch_count(struct watch *w, const struct operation *op)
{
	status_add(gain(&w->found, op->found.bytes),
	    gain(&w->copied, op->copied.bytes),
	    gain(&w->objects, op->copied.objects));
}

/* The operation's name for a command to copy, which the caller frees. */
static char *
word(const char *operation)
{
	struct buf b = {NULL, 0, 0};

	text_shell(&b, operation);
	return buf_take(&b);
}

void
watch_say_follow(const struct watch *w, const char *operation)
{
	char *name = word(operation);

	warnx("%s: %s goes on in the cloud; follow it: glb-gcs status %s; "
	      "stop it: gcloud transfer operations cancel %s",
	    w->label, operation, name, name);
	free(name);
}

/* Speaks of a status that makes people wonder, once. */
static void
say_status(struct watch *w, const struct operation *op)
{
	const char *s = op->status;
	char *name;

	if (op->done || strcmp(s, "IN_PROGRESS") == 0 ||
	    w->said.n == SAID_MAX || list_has(&w->said, s))
		return;
	list_add(&w->said, s);
	name = word(op->name);
	if (strcmp(s, "PAUSED") == 0)
		warnx("%s: %s is paused, and waited for; resume it: gcloud "
		      "transfer operations resume %s",
		    w->label, op->name, name);
	else if (strcmp(s, "QUEUED") == 0)
		warnx("%s: %s is queued until others of the project end",
		    w->label, op->name);
	else
		warnx("%s: %s has the status %s; waiting until it is done",
		    w->label, op->name, s);
	free(name);
}

/* An answer that did not come, or was none: seldom worth a word. */
static void
unseen(struct watch *w, const char *operation, const char *message)
{
	if (w->patient)
		warnx("%s: %s cannot be seen for now: %s", w->label, operation,
		    message);
	else if (++w->unseen == UNSEEN_MAX)
		warnx("%s: %s cannot be seen for now: %s; still looking",
		    w->label, operation, message);
}

/* Reads an answer that is a success. */
static void
see(struct watch *w, struct operation *op, json_object *answer)
{
	struct operation now;

	memset(&now, 0, sizeof(now));
	if (operation_read(answer, &now) == -1 ||
	    strcmp(now.name, op->name) != 0) {
		unseen(w, op->name, "the answer is about something else");
		operation_free(&now);
		return;
	}
	operation_free(op);
	*op = now;
	w->unseen = 0;
	say_status(w, op);
}

enum watch_end
watch_look(struct watch *w, struct operation *op)
{
	enum watch_end end = WATCH_GOES_ON;
	struct api_answer ans;

	if (calls_get_operation(w->api, op->name,
		w->patient ? API_IDEMPOTENT : API_LOOK, &ans) == -1) {
		end = WATCH_SIGNAL;
	} else if (*ans.status == '\0') {
		see(w, op, ans.body);
		if (op->done)
			end = WATCH_DONE;
	} else if (calls_may_pass(&ans)) {
		unseen(w, op->name, ans.message);
	} else {
		calls_warn(w->label, "look at", op->name, &ans);
		end = WATCH_GONE;
	}
	w->asked = calls_pause(&ans, 0);
	api_answer_free(&ans);
	return end;
}

static void
cancel(const struct watch *w, const char *operation)
{
	char *name = word(operation);
	struct api_answer ans;

	if (calls_cancel_operation(w->api, operation, &ans) == 0 &&
	    *ans.status == '\0')
		warnx("%s: %s: the service has accepted to cancel it; see: "
		      "glb-gcs status %s",
		    w->label, operation, name);
	else {
		calls_warn(w->label, "cancel", operation, &ans);
		watch_say_follow(w, operation);
	}
	free(name);
	api_answer_free(&ans);
}

void
watch_leave(
    const struct watch *w, const struct operation *op, enum watch_end end)
{
	if (w->other)
		warnx("%s: %s while waiting for %s of another run; nothing "
		      "was copied",
		    w->label,
		    end == WATCH_LIMIT ? "the time limit has passed"
				       : "interrupted",
		    op->name);
	else if (end == WATCH_SIGNAL && w->cancel)
		cancel(w, op->name);
	else {
		if (end == WATCH_LIMIT)
			warnx("%s: %s: the time limit has passed", w->label,
			    op->name);
		watch_say_follow(w, op->name);
	}
}

/* Pauses for ms, or as long as there is patience.  WATCH_GOES_ON to go on. */
static enum watch_end
rest(const struct watch *w, int64_t ms)
{
	int64_t left;

	ms = pace_jitter(ms);
	if (ms < w->asked)
		ms = w->asked;
	if (w->until != -1) {
		left = w->until - pace_now();
		if (left <= 0)
			return WATCH_LIMIT;
		if (ms > left)
			ms = left;
	}
	return pace_wait(ms) == -1 ? WATCH_SIGNAL : WATCH_GOES_ON;
}

enum watch_end
watch_wait(struct watch *w, struct operation *op)
{
	enum watch_end end = op->done ? WATCH_DONE : WATCH_GOES_ON;
	int64_t pause = PAUSE_FIRST;

	while (end == WATCH_GOES_ON) {
		end = rest(w, pause);
		if (end == WATCH_GOES_ON)
			end = watch_look(w, op);
		if (!w->other && op->status != NULL)
			watch_count(w, op);
		pause += pause / 2;
		if (pause > PAUSE_MAX)
			pause = PAUSE_MAX;
	}
	if (end == WATCH_LIMIT || end == WATCH_SIGNAL)
		watch_leave(w, op, end);
	return end;
}

void
watch_free(struct watch *w)
{
	list_free(&w->said);
}
