/* Progress for whoever started us: counts sent through GLB_STATUS_FD. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_STATUS_H
#define GLB_STATUS_H

#include <stdint.h>

/*
 * When the environment names a descriptor in GLB_STATUS_FD, a program writes
 * one JSON object a line to it, at most four a second, and one at the end:
 * {"bytes_in":N,"bytes_out":N,"items":N}.  A program never fails because
 * nobody listens.  All functions may be called from any thread.
 */

/* Looks for GLB_STATUS_FD, makes it close-on-exec, and starts from zero. */
void status_start(void);

/* Adds to the three counts; sends them if a quarter of a second has gone. */
void status_add(uint64_t bytes_in, uint64_t bytes_out, uint64_t items);

/* Sends the final counts and closes the descriptor. */
void status_end(void);

#endif
