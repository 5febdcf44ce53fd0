/* GitLab's object pools, which GitLab itself makes again after a restore. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/js.h"
#include "base/prog.h"
#include "base/status.h"
#include "base/text.h"
#include "git/object_pools.h"
#include "proc/child.h"
#include "site/path.h"

#define OMNIBUS_RAKE "/opt/gitlab/bin/gitlab-rake"
#define LINE_MAX_SIZE 65536

/* How the task is run. */
struct rake {
	struct list argv;
	bool bundled; /* in GitLab's root, as its user */
};

static bool
root_has(const struct site *s, const char *name)
{
	char *path = xasprintf("%s/%s", s->root, name);
	bool there = access(path, F_OK) == 0;

	free(path);
	return there;
}

/* Adds the program to argv if it is there. */
static bool
found(struct list *argv, const char *name)
{
	char *path = child_find(name);

	if (path != NULL)
		list_add(argv, path);
	free(path);
	return path != NULL;
}

/*
 * Omnibus's own gitlab-rake becomes the user and goes to the root by itself.
 * Beside a GitLab from source it may be that of another site.
 */
static bool
find_rake(const struct site *s, struct rake *r)
{
	bool source = strcmp(s->type, "source") == 0;

	r->bundled = source &&
	    (root_has(s, "bin/rake") || root_has(s, "Gemfile")) &&
	    found(&r->argv, "bundle");
	if (r->bundled) {
		list_add(&r->argv, "exec");
		list_add(&r->argv, "rake");
	} else if (!found(&r->argv, "gitlab-rake") &&
	    (source || !found(&r->argv, OMNIBUS_RAKE))) {
		return false;
	}
	list_add(&r->argv, OBJECT_POOLS_TASK);
	return true;
}

bool
object_pools_there(const struct site *s)
{
	struct rake r = {{NULL, 0}, false};
	bool there = find_rake(s, &r);

	list_free(&r.argv);
	return there;
}

/* What GitLab's user has in its environment. */
static void
user_environment(const struct site *s, struct list *env)
{
	char *home = path_home(s->user);

	list_addf(env, "USER=%s", s->user);
	list_addf(env, "LOGNAME=%s", s->user);
	if (home != NULL)
		list_addf(env, "HOME=%s", home);
	free(home);
}

/* Starts it with *out, the read end of its stdout.  Returns its pid, or -1. */
static pid_t
start(const struct site *s, const struct rake *r, int *out)
{
	struct child_spec spec = CHILD_SPEC(r->argv.v);
	struct child_user user = {0};
	struct list env = {NULL, 0};
	pid_t pid = -1;
	int ends[2];

	list_addf(&env, "RAILS_ENV=%s", s->env);
	spec.env = &env;
	spec.in = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (spec.in == -1 || pipe2(ends, O_CLOEXEC) == -1) {
		warn("%s", spec.in == -1 ? "/dev/null" : "pipe");
		goto out;
	}
	*out = ends[0];
	spec.out = ends[1];
	if (r->bundled)
		spec.dir = s->root;
	if (r->bundled && geteuid() == 0) {
		user_environment(s, &env);
		spec.user = &user;
	}
	if (spec.user == NULL || child_user_named(s->user, &user) == 0)
		pid = child_start(&spec);
	if (pid == -1)
		close(ends[0]);
	close(ends[1]);
	child_user_free(&user);
out:
	if (spec.in != -1)
		close(spec.in);
	list_free(&env);
	return pid;
}

/* Prints what became of one pool.  Returns a status. */
static int
print_result(json_object *told)
{
	const char *status = js_string(told, "status");
	bool failed = strcmp(status, "failed") == 0;
	json_object *o = json_object_new_object();

	js_put_text(o, "disk_path", js_string(told, "disk_path"));
	js_put_text(o, "status", status);
	if (failed)
		js_put_text(o, "error", js_string(told, "error_message"));
	js_print(stdout, o);
	fflush(stdout);
	json_object_put(o);
	status_add(0, 0, 1);
	return failed ? PROG_PARTIAL : PROG_DONE;
}

static bool
makes_sense(json_object *o)
{
	static const char *const words[] = {"scheduled", "skipped", "failed"};
	size_t i;

	if (!json_object_is_type(o, json_type_object) ||
	    *js_string(o, "disk_path") == '\0')
		return false;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(js_string(o, "status"), words[i]) == 0)
			return true;
	return false;
}

/* One line of the task: a result, or anything that Ruby has to say. */
static int
take_line(const char *line)
{
	json_object *o = NULL;
	char *text = text_line(line);
	int rc = PROG_DONE;

	if (*text == '{')
		o = json_tokener_parse(line);
	if (*text != '{') {
		if (*text != '\0')
			warnx("gitlab-rake: %s", text);
	} else if (makes_sense(o)) {
		rc = print_result(o);
	} else {
		warnx("gitlab-rake: makes no sense: %s", text);
		rc = PROG_PARTIAL;
	}
	json_object_put(o);
	free(text);
	return rc;
}

/* Reads all that it says from fd, which is closed. */
static int
take_lines(int fd)
{
	FILE *f = fdopen(fd, "r");
	char *line = xmalloc(LINE_MAX_SIZE);
	int rc = PROG_DONE;

	if (f == NULL) {
		warn("gitlab-rake");
		close(fd);
		rc = PROG_FAILED;
	}
	/* What is longer comes in pieces, none of which makes sense. */
	while (f != NULL && fgets(line, LINE_MAX_SIZE, f) != NULL)
		rc = prog_worse(rc, take_line(line));
	if (f != NULL && ferror(f)) {
		warn("gitlab-rake");
		rc = PROG_FAILED;
	}
	if (f != NULL)
		fclose(f);
	free(line);
	return rc;
}

static int
run(const struct site *s, const struct rake *r)
{
	char how[64];
	int fd = -1, rc, status;
	pid_t pid;

	child_forward_signals();
	pid = start(s, r, &fd);
	if (pid == -1)
		return PROG_FAILED;
	rc = take_lines(fd);
	status = child_wait(pid);
	if (status != -1 && child_code(status) == 0)
		return rc;
	if (status == -1)
		warn("gitlab-rake");
	else
		warnx("gitlab-rake %s: %s", OBJECT_POOLS_TASK,
		    child_describe(status, how, sizeof(how)));
	return PROG_FAILED;
}

int
object_pools_reset(const struct site_where *where)
{
	struct rake r = {{NULL, 0}, false};
	struct site *s = site_read(where);
	int rc = PROG_FAILED;

	if (s == NULL)
		return PROG_FAILED;
	if (find_rake(s, &r))
		rc = run(s, &r);
	else
		warnx("gitlab-rake: no such program");
	list_free(&r.argv);
	site_free(s);
	return rc;
}
