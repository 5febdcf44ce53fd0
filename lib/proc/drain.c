/* Reading what the running stages say: stderr, status events, variables. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/io.h"
#include "base/text.h"
#include "proc/drain.h"

#define LINE_MAX_BYTES 4096 /* a longer line is given out in pieces */

/*
 * Reads of 4096 bytes before the others have their turn: one that never stops
 * talking must not keep us from signals.  More than a pipe holds, so that
 * what a job leaves behind at its end is read in one go.
 */
#define ROUNDS 64

static void
add_fd(struct pollfd **fds, size_t *n, int fd)
{
	if (fd == -1)
		return;
	*fds = xreallocarray(*fds, *n + 1, sizeof(**fds));
	(*fds)[(*n)++] = (struct pollfd){fd, POLLIN, 0};
}

struct pollfd *
drain_pollfds(const struct plan *p, size_t *n)
{
	struct pollfd *fds = NULL;
	const struct plan_job *j;
	size_t i, k;

	for (i = 0; i < p->n_jobs; i++) {
		j = p->jobs[i];
		add_fd(&fds, n, j->err_fd);
		add_fd(&fds, n, j->vars_fd);
		for (k = 0; k < j->n_stages; k++)
			add_fd(&fds, n, j->stages[k].status_fd);
	}
	return fds;
}

/*
 * Reads what is there behind *b, closing *fd at its end.  Returns 1 if there
 * may be more.
 */
static int
more(int *fd, struct buf *b)
{
	ssize_t n;

	if (*fd == -1)
		return 0;
	buf_reserve(b, 4096);
	n = io_read(*fd, b->data + b->len, 4096);
	if (n > 0) {
		b->len += (size_t)n;
		b->data[b->len] = '\0';
		return 1;
	}
	if (n == -1 && errno == EAGAIN)
		return 0;
	close(*fd);
	*fd = -1;
	return 0;
}

/*
 * Takes the first line out of *b into fresh memory, or returns NULL if none
 * is whole.  With all set, what stands at the end counts as a line, too.
 */
static char *
take_line(struct buf *b, int all)
{
	char *nl, *line;
	size_t n;

	if (b->len == 0)
		return NULL;
	nl = memchr(b->data, '\n', b->len);
	if (nl == NULL && !all && b->len < LINE_MAX_BYTES)
		return NULL;
	n = nl != NULL ? (size_t)(nl - b->data) : b->len;
	line = xstrndup(b->data, n);
	n += nl != NULL;
	memmove(b->data, b->data + n, b->len - n);
	b->len -= n;
	b->data[b->len] = '\0';
	return line;
}

static void
say(struct plan_job *j, const char *line, run_fn *fn, void *arg)
{
	char *clean = text_line(line);

	if (*clean != '\0') {
		if (j->warnings.n < DRAIN_WARNINGS)
			list_add(&j->warnings, clean);
		j->n_warnings++;
		if (!j->stopped || j->remote)
			fn(arg, RUN_LINE, j, clean);
	}
	free(clean);
}

static void
drain_errors(struct plan_job *j, run_fn *fn, void *arg)
{
	int go, rounds = ROUNDS;
	char *line;

	do {
		go = more(&j->err_fd, &j->err_line);
		while (
		    (line = take_line(&j->err_line, j->err_fd == -1)) != NULL) {
			say(j, line, fn, arg);
			free(line);
		}
	} while (go && --rounds > 0);
}

static void
drain_events(struct plan_stage *s)
{
	uint64_t in, out, items;
	int go, rounds = ROUNDS;
	char *line;

	do {
		go = more(&s->status_fd, &s->events);
		while ((line = take_line(&s->events, 0)) != NULL) {
			if (sscanf(line,
				"{\"bytes_in\":%" SCNu64
				",\"bytes_out\":%" SCNu64 ",\"items\":%" SCNu64
				"}",
				&in, &out, &items) == 3) {
				s->bytes_in = in;
				s->bytes_out = out;
				s->items = items;
			}
			free(line);
		}
	} while (go && --rounds > 0);
}

/* Takes "KEY<TAB>VALUE" into the holder's values. */
static void
set_variable(struct plan_job *j, char *line)
{
	char *tab = strchr(line, '\t');
	size_t i;

	if (tab == NULL)
		return;
	*tab = '\0';
	for (i = 0; i < j->vars.n; i++)
		if (strcmp(j->vars.v[i], line) == 0) {
			free(j->values.v[i]);
			j->values.v[i] = xstrdup(tab + 1);
		}
}

static void
drain_variables(struct plan_job *j)
{
	char *line;
	size_t i;
	int go;

	while (j->values.n < j->vars.n)
		list_add(&j->values, "");
	do {
		go = more(&j->vars_fd, &j->said);
		while ((line = take_line(&j->said, 0)) != NULL) {
			set_variable(j, line);
			free(line);
		}
	} while (go);
	for (i = 0; i < j->vars.n; i++)
		if (*j->values.v[i] == '\0')
			return;
	if (j->state == PLAN_RUNNING && j->hold_fd != -1)
		j->state = PLAN_HOLDING;
}

void
drain_job(struct plan_job *j, run_fn *fn, void *arg)
{
	size_t i;

	drain_errors(j, fn, arg);
	for (i = 0; i < j->n_stages; i++)
		drain_events(&j->stages[i]);
	if (j->vars.n > 0)
		drain_variables(j);
}

void
drain_close(struct plan_job *j, run_fn *fn, void *arg)
{
	int *fds[] = {&j->err_fd, &j->vars_fd, &j->hold_fd};
	char *line;
	size_t i;

	/* A process that a stage left behind may keep the pipe open. */
	line = take_line(&j->err_line, 1);
	if (line != NULL)
		say(j, line, fn, arg);
	free(line);
	for (i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
		if (*fds[i] != -1)
			close(*fds[i]);
		*fds[i] = -1;
	}
	for (i = 0; i < j->n_stages; i++) {
		if (j->stages[i].status_fd != -1)
			close(j->stages[i].status_fd);
		j->stages[i].status_fd = -1;
	}
}
