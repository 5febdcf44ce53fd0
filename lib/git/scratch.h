/* A temporary directory that does not outlive us, nor do our children. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_SCRATCH_H
#define GLB_SCRATCH_H

struct scratch;

/*
 * Makes a directory "PREFIX.XXXXXX" in $TMPDIR, or in /var/tmp, as it may get
 * large.  From now on SIGHUP, SIGINT and SIGTERM (unless they were ignored)
 * end our children, remove the directory, and then end this process.  Call
 * before any other thread is started; at most one at a time.  NULL after a
 * warning.
 */
struct scratch *scratch_new(const char *prefix);

const char *scratch_path(const struct scratch *s);

/* Removes the directory, with a warning if that fails.  s may be NULL. */
void scratch_free(struct scratch *s);

#endif
