/* Whether objects are there, without asking git. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_PRESENT_H
#define GLB_PRESENT_H

#include <stdbool.h>

#include "proc/child.h"

/*
 * Does the repository at dirfd, of the plain kind, itself have every object
 * that the list of references names ("OID SP NAME LF" from its start on), as
 * far as git looks before it lists one: in a file of its own, or by the index
 * of a pack that is there?  False also if that cannot be told: git has to be
 * asked then, as for what is borrowed.  The user (NULL: we) must be one who may
 * read it.  Silent.
 */
bool present_all(int dirfd, const struct child_user *user, int list);

#endif
