/* Operations of the job that are there already: which copies what we want? */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_FOUND_H
#define GLB_FOUND_H

#include "gcp/launch.h"

/*
 * Looks at the operation called name and reads it into op.  Returns
 *
 *	LAUNCH_OURS	it copies what we want: it still runs, or it is what
 *			the run has started whose answer was lost
 *	LAUNCH_OTHER	it copies something else, and still runs
 *	LAUNCH_AGAIN	there is none, or none that matters: name is "", it is
 *			over, or not known
 *	LAUNCH_FAILED	it could not be seen
 *	LAUNCH_SIGNAL	a signal asked us to end
 *
 * Has said so if it is OURS, OTHER or FAILED.
 */
enum launch_end found_examine(
    struct launch *l, const char *name, struct operation *op);

/* Says that the job is busy with op, and what op copies. */
void found_say(const struct launch *l, const struct operation *op);

#endif
