/* One line of gitaly-backup's log: what it says of which repository. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/prog.h"
#include "base/text.h"
#include "git/gitaly_backup_log.h"

#define DEPTH_MAX 8
#define PIPELINE ": pipeline: "
#define FAILURES " failures encountered"

/*
 * "Gitaly could not set the references of what is there, and goes on with the
 * whole backup": so it does with every repository that is not there.
 */
#define RESET "unable to reset refs"

/* Reads "VERB: pipeline: N failures encountered" at s. */
static bool
read_count(struct gitaly_backup_log *l, const char *verb, const char *s)
{
	uint64_t n;
	char *end;

	if (!text_starts(s, verb) || !text_starts(s + strlen(verb), PIPELINE))
		return false;
	s += strlen(verb) + strlen(PIPELINE);
	n = strtoull(s, &end, 10);
	if (end == s || *s < '0' || *s > '9' || !text_starts(end, FAILURES))
		return false;
	l->count = n;
	l->saying = GITALY_BACKUP_COUNT;
	return true;
}

/*
 * The list of all failures makes the last line as long as the list is.  Its
 * start is all that matters.
 */
static void
read_cut(struct gitaly_backup_log *l, const char *verb, const char *line)
{
	const char *p = strstr(line, "\"msg\":\"");

	if (p != NULL && read_count(l, verb, p + strlen("\"msg\":\"")))
		return;
	l->saying = GITALY_BACKUP_MESSAGE;
	buf_puts(&l->text, "a line that is too long to be read");
}

/* Is msg "WORD VERB"? */
static bool
says(const char *msg, const char *word, const char *verb)
{
	size_t n = strlen(word);

	return strncmp(msg, word, n) == 0 && strcmp(msg + n, verb) == 0;
}

/* Sets l->saying by the message. */
static void
read_message(struct gitaly_backup_log *l, const char *verb, json_object *o)
{
	const char *msg = js_string(o, "msg"), *level = js_string(o, "level");
	const char *error = js_string(o, "error");

	if (says(msg, "completed ", verb)) {
		l->saying = GITALY_BACKUP_COMPLETED;
	} else if (says(msg, "skipped ", verb)) {
		l->saying = GITALY_BACKUP_SKIPPED;
	} else if (text_starts(msg, verb) &&
	    strcmp(msg + strlen(verb), " failed") == 0) {
		l->saying = GITALY_BACKUP_FAILED;
		buf_puts(&l->text, *error != '\0' ? error : "no reason given");
	} else if (!read_count(l, verb, msg) && strcmp(level, "info") != 0 &&
	    strcmp(level, "debug") != 0 && !text_starts(msg, RESET)) {
		l->saying = GITALY_BACKUP_MESSAGE;
		buf_puts(&l->text, msg);
		if (*error != '\0')
			buf_printf(&l->text, ": %s", error);
	}
}

/* The line as an object, or NULL if it is none. */
static json_object *
parse(const char *line, size_t n)
{
	struct json_tokener *t = json_tokener_new_ex(DEPTH_MAX);
	json_object *o;

	if (t == NULL)
		errx(PROG_FAILED, "memory: JSON");
	json_tokener_set_flags(
	    t, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	o = json_tokener_parse_ex(t, line, (int)n);
	if (json_tokener_get_error(t) != json_tokener_success ||
	    !json_object_is_type(o, json_type_object)) {
		json_object_put(o);
		o = NULL;
	}
	json_tokener_free(t);
	return o;
}

void
gitaly_backup_log_read(struct gitaly_backup_log *l, const char *verb,
    const char *line, size_t n, int cut)
{
	json_object *o;

	l->saying = GITALY_BACKUP_NOTHING;
	l->count = 0;
	buf_reset(&l->storage);
	buf_reset(&l->path);
	buf_reset(&l->text);
	if (cut) {
		read_cut(l, verb, line);
		return;
	}
	o = parse(line, n);
	if (o == NULL) {
		buf_add(&l->text, line, n);
		if (l->text.len > 0)
			l->saying = GITALY_BACKUP_MESSAGE;
		return;
	}
	buf_puts(&l->storage, js_string(o, "storage_name"));
	buf_puts(&l->path, js_string(o, "relative_path"));
	read_message(l, verb, o);
	json_object_put(o);
}

void
gitaly_backup_log_free(struct gitaly_backup_log *l)
{
	buf_free(&l->storage);
	buf_free(&l->path);
	buf_free(&l->text);
}
