/* What became of all repositories: a line for each, and the run's status. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/prog.h"
#include "base/status.h"
#include "base/text.h"
#include "git/result.h"
#include "git/tally.h"

void
tally_start(struct tally *t)
{
	pthread_mutex_init(&t->lock, NULL);
	t->done = 0;
	t->status = PROG_DONE;
}

void
tally_end(struct tally *t)
{
	pthread_mutex_destroy(&t->lock);
}

void
tally_complain(const char *storage, const char *path, const char *why)
{
	struct buf name = {NULL, 0, 0};

	text_fold(&name, storage, strlen(storage));
	buf_putc(&name, '/');
	text_fold(&name, path, strlen(path));
	warnx("%s: %s", buf_str(&name), why);
	buf_free(&name);
}

/* Tells what is left out of one that has not failed. */
static void
add_gaps(struct tally *t, const char *storage, const char *path,
    const struct capture_result *r)
{
	size_t i;

	for (i = 0; i < r->left_out.n; i++)
		tally_complain(storage, path, r->left_out.v[i]);
	if (r->left_out.n > 0)
		t->status = prog_worse(t->status, PROG_PARTIAL);
}

int
tally_add(struct tally *t, const char *full, const char *storage,
    const char *path, const struct capture_result *r)
{
	struct buf line = {NULL, 0, 0};
	bool told;
	int rc = 0;

	result_write(&line, storage, path, r);
	pthread_mutex_lock(&t->lock);
	told = t->status == PROG_FAILED;
	if (r->status != CAPTURE_FAILED) {
		t->done++;
		add_gaps(t, storage, path, r);
	} else if (r->full != 0) {
		errno = r->full;
		if (!told)
			warn("%s", full);
		told = true;
		t->status = PROG_FAILED;
		rc = 1;
	} else {
		tally_complain(storage, path, buf_str(&r->error));
		t->status = prog_worse(t->status, PROG_PARTIAL);
	}
	if (io_write_all(STDOUT_FILENO, line.data, line.len) == -1) {
		if (!told)
			warn("standard output");
		t->status = PROG_FAILED;
		rc = 1;
	}
	pthread_mutex_unlock(&t->lock);
	status_add(0, r->bytes, 1);
	buf_free(&line);
	return rc;
}

int
tally_fail(
    struct tally *t, const char *storage, const char *path, const char *why)
{
	struct capture_result r = {.status = CAPTURE_FAILED};
	int rc;

	text_fold(&r.error, why, strlen(why));
	rc = tally_add(t, NULL, storage, path, &r);
	buf_free(&r.error);
	return rc;
}
