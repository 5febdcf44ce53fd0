/* Has the repositories of a backup verified by glb-repos. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_VERIFY_REPOS_H
#define GLB_VERIFY_REPOS_H

#include "store/finding.h"

/*
 * Runs "glb-repos verify DIR/repositories" and adds what it finds.  May be
 * called from any thread.
 */
void verify_repositories(const char *dir, struct findings *out);

#endif
