/* Verifies a backup: finds every damage that its files can show. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_VERIFY_H
#define GLB_VERIFY_H

#include "base/buf.h"

/*
 * Verifies the backup in dir and tells on stdout what was looked at
 * (store/finding.h).  A quick one reads information, report and the names in
 * SHA256SUMS, and compares names and those sizes that the report tells.  Else
 * every file is read: sums, gzip, tar, SQL, and the repositories by glb-repos.
 *
 * Unless only is empty, it names the parts of the backup (store/part.h) to be
 * looked at.  Besides their files only information, report and the lines of
 * SHA256SUMS are read, and what belongs to no part has to be there and nothing
 * else.  A part that neither is there nor stands in SHA256SUMS is named.
 *
 * Without SHA256SUMS and report the backup is the original's; what can be
 * found without them is, and a warning says so.
 *
 * Returns a status: PROG_DAMAGED if anything is damaged, missing or too much;
 * PROG_FAILED if something could not be read, or a part of only is not in
 * the backup; PROG_PARTIAL if there is something that we cannot check.  On
 * SIGHUP, SIGINT and SIGTERM this process dies, and its children with it.
 */
int verify_backup(
    const char *dir, const struct list *only, int quick, int json);

#endif
