/* Has the repositories of a backup verified by glb-repos. */
/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/js.h"
#include "base/prog.h"
#include "proc/child.h"
#include "store/content.h"
#include "store/verify_repos.h"

#define CHECKED "manifests refs packs"

/* One result of glb-repos.  Returns 1 if it is a failure, -1 if it is none. */
static int
take_result(const char *line, struct findings *out)
{
	json_object *o = json_tokener_parse(line);
	const char *storage;
	char *file;
	int failed;

	if (!json_object_is_type(o, json_type_object)) {
		json_object_put(o);
		return -1;
	}
	failed = strcmp(js_string(o, "status"), "failed") == 0;
	if (failed) {
		/* Older layouts know no storage. */
		storage = js_string(o, "storage_name");
		file = xasprintf("repositories/%s%s%s", storage,
		    *storage != '\0' ? "/" : "", js_string(o, "relative_path"));
		findings_add_part(
		    out, file, CHECKED, FINDING_DAMAGED, js_string(o, "error"));
		free(file);
	}
	findings_repositories(out, 1);
	json_object_put(o);
	return failed;
}

/*
 * Reads all results.  Returns 1 if any was a failure, 0 if none was, -1 if not
 * all of it was results.
 */
static int
take_results(int fd, struct findings *out)
{
	FILE *f = fdopen(fd, "r");
	char *line = NULL;
	size_t size = 0;
	int failed = 0, rc;

	if (f == NULL) {
		close(fd);
		return -1;
	}
	while (failed != -1 && getline(&line, &size, f) > 0) {
		rc = take_result(line, out);
		failed = rc == -1 ? -1 : failed | rc;
	}
	if (ferror(f))
		failed = -1;
	free(line);
	fclose(f);
	return failed;
}

/* Adds one finding for all of the tree; failed is what take_results() said. */
static void
conclude(struct findings *out, int code, int failed, int err)
{
	struct buf line = {NULL, 0, 0};
	enum finding verdict = FINDING_OK;

	content_last_line(err, &line);
	if (code == PROG_DAMAGED)
		verdict = FINDING_DAMAGED;
	else if (code != PROG_DONE || failed == -1)
		verdict = FINDING_UNREADABLE;
	if (verdict != FINDING_OK && line.len == 0)
		buf_printf(&line, "glb-repos verify: exit status %d", code);
	findings_add_part(out, "repositories", CHECKED, verdict,
	    verdict == FINDING_OK || (code == PROG_DAMAGED && failed == 1)
		? NULL
		: buf_str(&line));
	buf_free(&line);
}

void
verify_repositories(const char *dir, struct findings *out)
{
	struct list argv = {NULL, 0};
	int fd = -1, err = content_err_file(), rc, status;
	pid_t pid;

	list_split(&argv, "glb-repos,verify,--");
	list_addf(&argv, "%s/repositories", dir);
	pid = content_start(argv.v, -1, &fd, err);
	list_free(&argv);
	if (pid == -1) {
		findings_add_part(out, "repositories", CHECKED,
		    FINDING_UNREADABLE, "glb-repos does not start");
		close(err);
		return;
	}
	rc = take_results(fd, out);
	status = child_wait(pid);
	conclude(out, status == -1 ? PROG_FAILED : child_code(status), rc, err);
}
