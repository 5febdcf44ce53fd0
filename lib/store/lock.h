/* One run at a time in a backup path. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_LOCK_H
#define GLB_LOCK_H

#define LOCK_FILE ".gitlab-backup-cli.lock"

/*
 * Takes the lock of the backup path with flock(2), so that it is gone with
 * this process however that ends.  Returns a descriptor that holds it until
 * it is closed; -1 after a warning, with *status set: PROG_LOCKED if another
 * run has it, else PROG_FAILED.
 */
int lock_take(const char *backup_path, int *status);

#endif
