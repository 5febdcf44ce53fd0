/* backup_report.json: what backup_information.json has no room for. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_REPORT_H
#define GLB_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include <json-c/json.h>

#include "base/buf.h"
#include "proc/plan.h"

#define REPORT_FILE "backup_report.json"
#define REPORT_FAILURES 1000 /* failed repositories named in it */

/* Something that is not in the backup, and why. */
struct report_gap {
	char *what, *why;
};

struct report {
	const char *id;
	const char *gitlab_version;
	time_t started, ended;
	const struct plan *plan; /* NULL: a run by hand adds its jobs */
	const char *engine; /* "git" or "gitaly"; NULL: no repositories */
	bool server_side; /* Gitaly has stored them itself */
	bool incremental; /* they continue others */
	const char *base; /* the id of the backup they continue; or NULL */
	const char *repositories; /* results of glb-repos, a file; or NULL */
	struct list servers; /* "main 15.4": databases and their servers */
	struct list operations; /* files of results of glb-gcs, one a job */
	json_object *object_storage; /* what report_operations() read there */
	struct report_gap *gaps;
	size_t n_gaps;
	/* Counted from the file of results by report_count(). */
	uint64_t ok, empty, missing, unchanged, failed;
	uint64_t steps; /* of the longest chain; 0: all are of one */
};

/* Adds a gap; both strings are copied as one line each (text_line()). */
void report_gap(struct report *r, const char *what, const char *why);

/*
 * Calls fn for each line of a file of results with its object, until the file
 * ends.  Returns 0, or -1 after a warning.
 */
int report_each_result(
    const char *file, void (*fn)(json_object *, void *), void *arg);

/*
 * Counts the results in r->repositories into *r.  Returns 0, or -1 after a
 * warning.
 */
int report_count(struct report *r);

/*
 * Reads r->operations into r->object_storage: each job has made one copy at
 * least, and said so.  Returns 0, or -1 after a warning.
 */
int report_operations(struct report *r);

/* Appends the report as JSON with a final newline. */
void report_json(const struct report *r, struct buf *out);

/* Frees what report_gap() and report_operations() added, and the lists. */
void report_free(struct report *r);

/*
 * The report of the backup in dir, to be put back to json-c; or NULL, with
 * errno ENOENT if there is none, else after a warning.
 */
json_object *report_read(const char *dir);

/*
 * The report's job that has made the archive or dump called file ("db/...",
 * "uploads.tar.gz"), which stays the report's; NULL if there is none, or no
 * report.
 */
json_object *report_job(json_object *report, const char *file);

/* Is the backup with this report (or NULL) of repositories in Gitaly's own
 * object storage? */
bool report_server_side(json_object *report);

enum report_verdict {
	REPORT_NONE, /* there is no report */
	REPORT_COMPLETE, /* it says that nothing was left out */
	REPORT_INCOMPLETE, /* it says that something was */
	REPORT_DAMAGED /* it cannot be read */
};

/*
 * What DIR's report, or NULL, says of the whole.  error is errno as
 * report_read() has left it.
 */
enum report_verdict report_verdict(json_object *report, int error);

#endif
