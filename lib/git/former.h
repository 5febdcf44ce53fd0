/* What becomes of the repositories that restores have replaced. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_FORMER_H
#define GLB_FORMER_H

#include "git/storage.h"
#include "site/site.h"

/*
 * Both look at every storage of the list, and if that is empty, at those of
 * the site, which join it.  Each storage is looked after as its owner
 * (git/asuser.h), and by itself: what fails on one stops no other.  They return
 * a status.  Killed at any moment, they can be run again.
 */

/*
 * Puts back what restores keep, the newest first.  A storage on which one
 * still lives is left alone: PROG_LOCKED.  What cannot go back is named and
 * stays where it is: PROG_PARTIAL.
 */
int former_rollback(struct storages *l, const struct site_where *where);

/*
 * Removes it.  A storage on which a restore or a rollback was killed, or has
 * left something behind, is left alone: PROG_FAILED; PROG_LOCKED as above.
 */
int former_discard(struct storages *l, const struct site_where *where);

#endif
