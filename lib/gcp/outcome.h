/* The line that tells a program what became of an operation. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_OUTCOME_H
#define GLB_OUTCOME_H

#include "gcp/location.h"
#include "gcp/operation.h"

/* What is not known is NULL. */
struct outcome {
	const char *verb, *kind, *project, *job;
	const struct location *from, *to;
	const struct operation *op; /* with a name at least */
	const char *error; /* why it is not as it should be */
};

/*
 * Prints it on stdout as one object of JSON and flushes it.  Whether stdout
 * took it is judged at the end (prog_finish()).
 */
void outcome_print(const struct outcome *o);

#endif
