/* Signals that wait until things are in order again. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_TAR_STOP_H
#define GLB_TAR_STOP_H

#include <signal.h>
#include <stdbool.h>

struct tar_stop {
	sigset_t old; /* the mask that was */
	int fd; /* can be read once one of the signals is there; or -1 */
};

/*
 * From now on SIGINT, SIGTERM and SIGHUP wait, but those that are ignored.
 * Without a descriptor left none of them does, and fd is -1.
 */
void tar_stop_begin(struct tar_stop *s);

/* Is one of them waiting? */
bool tar_stop_asked(const struct tar_stop *s);

/* Lets them through: the process ends here by the one that waits. */
void tar_stop_end(struct tar_stop *s);

#endif
