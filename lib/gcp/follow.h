/* Operations that were started before: what has become of them. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_FOLLOW_H
#define GLB_FOLLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "gcp/api.h"

/*
 * Prints the line of the result (glb-gcs(1)) of each of the operations, which
 * must be names (operation_is_name()), waiting for the end of each if wait
 * says so, limit seconds in all (0: any time).  Returns a status:
 * PROG_FAILED if one failed, cannot be seen, or did not end in time;
 * PROG_PARTIAL if one is not done and was not waited for.
 */
int follow_run(
    struct api *a, char *const *operations, bool wait, int64_t limit);

#endif
