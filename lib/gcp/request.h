/* The options of glb-gcs, and what they mean. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_REQUEST_H
#define GLB_REQUEST_H

#include <stdint.h>

#include "base/opt.h"
#include "gcp/transfer.h"

/* As opt_parse() fills it from request_options. */
struct request {
	const char *project, *source, *sink, *id, *kind, *instance;
	const char *key_file, *job_name, *busy, *time_limit, *backup_operation;
	int64_t expect_objects, expect_bytes;
	int no_wait, wait, cancel, json;
};

#define REQUEST_DEFAULTS \
	{ \
		.job_name = "own", .busy = "wait", .instance = "", \
		.expect_objects = -1, .expect_bytes = -1 \
	}

extern const struct opt request_options[];

/*
 * Fills t, zeroed and to be freed by transfer_free(), for the verb backup or
 * restore.  The id and the kind are not looked at, but are there.  Returns 0,
 * or -1 after a warning that tells what is wrong with the command line.
 */
int request_read(const struct request *o, const char *verb, struct transfer *t);

/*
 * Of the verb check: looks at the project and reads the places, zeroed and to
 * be freed by location_free().  The same returns.
 */
int request_read_places(
    const struct request *o, struct location *source, struct location *sink);

/* Sets *limit to the seconds of --time-limit, 0 without.  The same returns. */
int request_limit(const struct request *o, int64_t *limit);

#endif
