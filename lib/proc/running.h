/* The children that run, for a signal handler to reach. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_RUNNING_H
#define GLB_RUNNING_H

#include <sys/types.h>

#include <stdbool.h>

/*
 * Around the start of a child, with all signals blocked: child_terminate()
 * waits until it is remembered, for what it starts itself dies by its group.
 */
void running_begin(void);
void running_end(void);

/*
 * Remembers a child that was started, in a process group of its own or not.
 * Of more than 1024 at a time the rest is not remembered.
 */
void running_add(pid_t pid, bool group);

/* Forgets it: before it is reaped, for then its pid may become another's. */
void running_remove(pid_t pid);

#endif
