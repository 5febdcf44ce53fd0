/* Transfer jobs: what the service says of one. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_JOB_H
#define GLB_JOB_H

#include <stdbool.h>

#include <json-c/json.h>

struct job {
	bool deleted; /* its name stays taken all the same */
	char *latest; /* its newest operation, as far as it knows; or "" */
};

/* Reads an answer of the service; free with job_free(). */
void job_read(json_object *answer, struct job *j);

void job_free(struct job *j);

/*
 * The name of the newest operation in the answer to a list of them, "" if it
 * has none.  The caller frees it.
 */
char *job_newest(json_object *answer);

#endif
