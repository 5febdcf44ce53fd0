/* Starting one job of a plan: its pipes and its programs. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "proc/child.h"
#include "proc/start.h"

static void
shut(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

/* A pipe whose read end, which we keep, never blocks. */
static int
our_pipe(int *read_end, int *write_end)
{
	int p[2];

	if (pipe2(p, O_CLOEXEC) == -1)
		return -1;
	fcntl(p[0], F_SETFL, O_NONBLOCK);
	*read_end = p[0];
	*write_end = p[1];
	return 0;
}

/* The value of the holder's variable key, "" if it has none. */
static const char *
value_of(const struct plan_job *holder, const char *key)
{
	size_t i;

	for (i = 0; holder != NULL && i < holder->vars.n; i++)
		if (strcmp(holder->vars.v[i], key) == 0)
			return holder->values.v[i];
	return "";
}

static void
build_argv(
    const struct plan_job *j, const struct plan_stage *s, struct list *argv)
{
	size_t i;

	for (i = 0; i < s->n_args; i++)
		list_addf(argv, "%s%s", s->args[i].text,
		    s->args[i].var != NULL ? value_of(j->holder, s->args[i].var)
					   : "");
}

/* Starts one stage with these descriptors. */
static int
start_stage(struct plan_job *j, struct plan_stage *s, int in, int out, int err)
{
	struct list argv = {NULL, 0};
	struct child_spec spec;
	int status = -1;

	if (our_pipe(&s->status_fd, &status) == -1) {
		warn("%s: pipe", j->name);
		return -1;
	}
	build_argv(j, s, &argv);
	spec = (struct child_spec)CHILD_SPEC(argv.v);
	spec.in = in;
	spec.out = out;
	spec.err = err;
	spec.status = status;
	s->pid = child_start(&spec);
	shut(&status);
	list_free(&argv);
	if (s->pid != -1)
		return 0;
	s->pid = 0;
	shut(&s->status_fd);
	return -1;
}

/* The first stage's stdin: a file, or the pipe that holds a holder. */
static int
open_in(struct plan_job *j)
{
	const char *name = j->in != NULL ? j->in : "/dev/null";
	int p[2], fd;

	if (j->vars.n > 0) {
		if (pipe2(p, O_CLOEXEC) == -1) {
			warn("%s: pipe", j->name);
			return -1;
		}
		j->hold_fd = p[1];
		return p[0];
	}
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		warn("%s", name);
	return fd;
}

/* The last stage's stdout: a file to append to, or a holder's lines. */
static int
open_out(struct plan_job *j)
{
	const char *name = j->out != NULL ? j->out : "/dev/null";
	int fd;

	if (j->vars.n > 0) {
		if (our_pipe(&j->vars_fd, &fd) == -1) {
			warn("%s: pipe", j->name);
			return -1;
		}
		return fd;
	}
	fd = open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd == -1)
		warn("%s", name);
	return fd;
}

static int
fail(struct plan_job *j, const char *what)
{
	if (j->cause == NULL)
		j->cause = xasprintf("%s: cannot be started", what);
	return -1;
}

int
start_job(struct plan_job *j)
{
	int in = -1, out = -1, err = -1, next = -1, p[2], rc = 0;
	size_t i;

	if (our_pipe(&j->err_fd, &err) == -1) {
		warn("%s: pipe", j->name);
		return fail(j, j->name);
	}
	in = open_in(j);
	if (in == -1)
		rc = fail(j, j->name);
	for (i = 0; rc == 0 && i < j->n_stages; i++) {
		next = -1;
		if (i + 1 == j->n_stages) {
			out = open_out(j);
		} else if (pipe2(p, O_CLOEXEC) == 0) {
			out = p[1];
			next = p[0];
		} else {
			warn("%s: pipe", j->name);
		}
		if (out == -1 ||
		    start_stage(j, &j->stages[i], in, out, err) == -1)
			rc = fail(j, j->stages[i].args[0].text);
		shut(&in);
		shut(&out);
		in = next;
	}
	shut(&in);
	shut(&err);
	return rc;
}

void
start_kill(struct plan_job *j, int sig)
{
	size_t i;

	for (i = 0; i < j->n_stages; i++) {
		if (j->stages[i].pid == 0 || j->stages[i].ended)
			continue;
		j->stages[i].killed = true;
		kill(j->stages[i].pid, sig);
	}
}
