/* What a version of gitaly-backup is able to do. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_GITALY_BACKUP_ERA_H
#define GLB_GITALY_BACKUP_ERA_H

#include <stdbool.h>

#include "base/buf.h"

/* A version, and what has changed with it. */
struct gitaly_backup_era {
	int major, minor, patch;
	bool manifests; /* 16.10: writes the layout of manifests; increments */
	bool attributes; /* 17.0: leaves FILE.attrs beside each file */
	bool adds_unchanged; /* 17.3: a step, where older ones skip */
	bool adds_missing; /* 17.6: a manifest, where older ones skip */
	bool old_layouts; /* until 18.9: reads what is older than manifests */
};

/*
 * Reads what "gitaly-backup --version" prints.  Returns 0 with *e filled, or
 * -1 (silent) if that is no version.
 */
int gitaly_backup_era_parse(const char *text, struct gitaly_backup_era *e);

/*
 * Asks the program for its version.  Returns 0, or -1 after a warning: it
 * cannot be run, does not tell, or is older than what we know, 16.7.
 */
int gitaly_backup_era_ask(const char *program, struct gitaly_backup_era *e);

/*
 * The layout that it must be told by -layout, or NULL where that flag is of no
 * use or unknown.  old: the tree has backups that are older than manifests.
 */
const char *gitaly_backup_era_layout(
    const struct gitaly_backup_era *e, bool old);

#endif
