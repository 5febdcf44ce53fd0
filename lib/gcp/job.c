/* Transfer jobs: what the service says of one. */
/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/js.h"
#include "gcp/job.h"
#include "gcp/member.h"
#include "gcp/operation.h"

#define DELETED 3 /* where the service sends the status by its number */

/* A copy of the member if it names an operation, else "". */
static char *
operation_in(json_object *o, const char *key)
{
	const char *s = member_string(o, key);

	return xstrdup(s != NULL && operation_is_name(s) ? s : "");
}

void
job_read(json_object *answer, struct job *j)
{
	const char *status = member_string(answer, "status");
	uint64_t n;

	if (status != NULL)
		j->deleted = strcmp(status, "DELETED") == 0;
	else
		j->deleted =
		    member_count(answer, "status", &n) == 0 && n == DELETED;
	j->latest = operation_in(answer, "latestOperationName");
}

void
job_free(struct job *j)
{
	free(j->latest);
	j->latest = NULL;
}

char *
job_newest(json_object *answer)
{
	json_object *list = js_array(answer, "operations");

	return operation_in(
	    list != NULL ? json_object_array_get_idx(list, 0) : NULL, "name");
}
