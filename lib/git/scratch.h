/* A temporary directory that does not outlive us, nor do our children. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_SCRATCH_H
#define GLB_SCRATCH_H

#include <stdbool.h>

struct scratch;

/*
 * Makes a directory "PREFIX.XXXXXX" in dir; for NULL in $TMPDIR or, as it may
 * get large, in /var/tmp.  From now on SIGHUP, SIGINT and SIGTERM (unless they
 * were ignored) end our children, remove the directory, and then end this
 * process; SIGPIPE is ignored, as it would leave the directory.  Call before
 * any other thread is started; at most one at a time.  NULL after a warning.
 */
struct scratch *scratch_new(const char *dir, const char *prefix);

const char *scratch_path(const struct scratch *s);

/* Has such a signal come?  What fails from then on is no news. */
bool scratch_ending(const struct scratch *s);

/*
 * From now on such signals wait for scratch_free(), so that what the directory
 * holds may be moved out of it, whole.
 */
void scratch_settle(struct scratch *s);

/* Removes the directory, with a warning if that fails.  s may be NULL. */
void scratch_free(struct scratch *s);

#endif
