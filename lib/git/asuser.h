/* One thread's work on files as another user, when we are root. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_ASUSER_H
#define GLB_ASUSER_H

#include "proc/child.h"

/*
 * Between the two, every access to files by the calling thread has the rights
 * of u alone, and new files are u's; programs can be started, and become
 * whoever they are told to.  Nothing happens if u is NULL.
 *
 * The process's own supplementary groups stay in force: asuser_start() drops
 * those, once, before any thread is started.  All are silent; what cannot
 * fail for root, and would be dangerous to go on without, ends the program.
 */
void asuser_start(void);
void asuser_enter(const struct child_user *u);
void asuser_leave(const struct child_user *u);

#endif
