/* What stands against a backup or a restore, all of it told at once. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_PROBLEMS_H
#define GLB_PROBLEMS_H

#include "base/js.h"

/* Zero-initialise; list is to be put back to json-c. */
struct problems {
	json_object *list; /* of objects with "what", "why" and "severity" */
	int status; /* PROG_*, the worst so far */
};

/*
 * Adds one.  how is PROG_FAILED or PROG_DAMAGED for what stops the run,
 * PROG_PARTIAL for what will be left out, PROG_DONE for what is to be known.
 */
void problems_add(struct problems *p, int how, const char *what,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Gives the list away, an empty one if there are none. */
json_object *problems_take(struct problems *p);

/* Tells all: those that stop the run as errors, the others as warnings. */
void problems_say(const struct problems *p);

/* How many stop the run. */
size_t problems_fatal(const struct problems *p);

#endif
