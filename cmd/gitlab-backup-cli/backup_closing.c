/* The end of a backup: the report and the sums, over all that was made. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/io.h"
#include "base/prog.h"
#include "backup.h"
#include "store/sums.h"

void
plan_put(const struct backup *b, struct plan_job *j, const char *name)
{
	struct plan_stage *s = plan_stage(j, "glb-meta");

	plan_arg(s, "put");
	if (b->site->archive_mode != 0600)
		plan_arg(s, "--mode=%04o", (unsigned int)b->site->archive_mode);
	plan_arg(s, "%s", b->partial);
	plan_arg(s, "%s", name);
	j->out = xasprintf("%s/sums", b->work);
}

void
closing_plan(struct backup *b)
{
	struct plan_stage *s;
	struct plan_job *j;

	j = plan_job(&b->closing, "report", "");
	plan_put(b, j, REPORT_FILE);
	j->in = xasprintf("%s/report.json", b->work);
	j = plan_job(&b->closing, "sums", "");
	s = plan_stage(j, "glb-meta");
	plan_arg(s, "sum");
	plan_arg(s, "--known=%s/sums", b->work);
	if (b->base != NULL)
		plan_arg(s, "--base=%s", b->base);
	plan_arg(s, "%s", b->partial);
	plan_put(b, j, SUMS_FILE);
}

int
closing_report(struct backup *b)
{
	struct buf json = {NULL, 0, 0};
	char *path = NULL, *why;
	int fd, rc = PROG_FAILED;

	b->report.plan = &b->plan;
	b->report.ended = time(NULL);
	if (list_has(&b->tasks, "repositories")) {
		path = xasprintf("%s/repositories.ndjson", b->work);
		b->report.repositories = path;
		if (report_count(&b->report) == -1)
			goto out;
		if (b->report.failed > 0) {
			why = xasprintf("%llu failed, the report names them",
			    (unsigned long long)b->report.failed);
			report_gap(&b->report, "repositories", why);
			free(why);
		}
	}
	if (report_operations(&b->report) == -1)
		goto out;
	report_json(&b->report, &json);
	fd = open(b->closing.jobs[0]->in,
	    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd == -1 || io_write_all(fd, json.data, json.len) == -1 ||
	    close(fd) == -1)
		warn("%s", b->closing.jobs[0]->in);
	else
		rc = PROG_DONE;
out:
	b->report.repositories = NULL;
	free(path);
	buf_free(&json);
	return rc;
}
