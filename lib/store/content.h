/* Looks through one file of a backup, from its first byte to its last. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_CONTENT_H
#define GLB_CONTENT_H

#include <sys/types.h>

#include <stdint.h>

#include "base/buf.h"
#include "store/finding.h"
#include "store/part.h"

/* What content_check() looks at, in words; sum: there is a sum. */
const char *content_checked(enum content c, int sum);

/*
 * Reads dir/name whole: its SHA-256 must be want (NULL: there is none), and
 * its contents what the name promises.  Runs glb-meta and glb-gzip.  Appends
 * the reason to *why unless it returns FINDING_OK; then *bytes gets how many
 * bytes are in it uncompressed, 0 if it is no archive and no dump.  Silent but
 * for what the system denies to run; may be called from any thread.
 */
enum finding content_check(const char *dir, const char *name, const char *want,
    struct buf *why, uint64_t *bytes);

/*
 * Runs argv with stdin in (-1: ours), its stdout to *out, an end of a pipe
 * for reading, its stderr to the descriptor err.  Returns its pid, or -1
 * after a warning.
 */
pid_t content_start(char *const argv[], int in, int *out, int err);

/* A nameless file for a child's stderr; -1 with errno. */
int content_err_file(void);

/* Appends the last line of that file, on one line, and closes it. */
void content_last_line(int err, struct buf *out);

#endif
