/* What copying a bucket needs, looked at before anything is copied. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_PREFLIGHT_H
#define GLB_PREFLIGHT_H

#include <stdbool.h>

#include "gcp/api.h"
#include "gcp/location.h"

/*
 * Looks at the project, the account's permissions, the service agent, and the
 * two places; prints what is found, and the commands that would mend it, for
 * people or as one object of JSON (glb-gcs(1)).  Changes nothing, except that
 * the service makes its agent when it is first asked for it.
 *
 * Returns PROG_DONE, PROG_FAILED if a copy would fail for certain,
 * PROG_PARTIAL if something could not be seen.
 */
int preflight_run(struct api *a, const char *project,
    const struct location *source, const struct location *sink, bool json);

#endif
