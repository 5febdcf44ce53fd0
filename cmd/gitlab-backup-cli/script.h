/* What the scripts that --dry-run prints have in common. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_SCRIPT_H
#define GLB_SCRIPT_H

#include "base/buf.h"

/* Appends "NAME=VALUE" as a line. */
void script_assign(struct buf *b, const char *name, const char *value);

/* Commands that make $dir and take the lock in it, as descriptor 7. */
extern const char script_lock[];

/*
 * Traps of signals, and the functions that plan_print() counts on, which keep
 * their notes in $work.
 */
extern const char script_stage[];

#endif
