/* psql, fed with a dump and listened to. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_FEED_H
#define GLB_FEED_H

#include <stdbool.h>
#include <stdint.h>

#include "db/conn.h"
#include "db/scan.h"

#define FEED_KEY 33 /* 32 hexadecimal digits and a NUL */

/* Zero-initialise, then feed_prepare(). */
struct feed {
	/* To be set before feed_run(). */
	struct conn *c; /* names the database; asked only if psql is silent */
	struct scan_options scan; /* server and budget */
	int signals; /* a signalfd(2) of those that end the load */
	/* Set by feed_prepare(). */
	bool go_on; /* a statement that fails does not end it */
	char key[FEED_KEY];
	char mark[FEED_KEY];
	/* Set by feed_run(). */
	bool committing; /* the last COMMIT may have been done */
};

/*
 * Looks for psql and its version.  Returns 0, or -1 after a warning.
 */
int feed_prepare(struct feed *f, bool go_on);

/*
 * Runs psql on the database: moves aside what is there (db/aside.h), loads
 * the dump on stdin, and commits if all of it was there and none of it, or
 * only what may fail, has failed.  Returns a status; only f->committing and
 * the database know whether a failure came before or after the commit.  A
 * signal ends it as a failure and is then sent to this process again.
 */
int feed_run(struct feed *f);

#endif
