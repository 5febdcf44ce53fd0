/* Reads the references of a repository from its own files, as git does. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_REFFILES_H
#define GLB_REFFILES_H

#include "git/refdirs.h"

/*
 * Writes to the file list, which is empty, what "git show-ref --head" prints
 * for the repository at dirfd, whose references in files of their own have
 * just been found.  Only for those of the plain kind in which nothing is odd:
 * no symbolic reference but HEAD, no broken one, no name that git might refuse,
 * no link, nothing that the user (NULL: we) may not read.  Whether the objects
 * are there is not looked at.
 *
 * Returns 1 if that is the list, which is empty if there is no reference; 0 if
 * git has to be asked, the list then holding anything; -1 with errno if it
 * cannot be written.  Silent.
 */
int reffiles_list(int dirfd, const struct child_user *user,
    const struct refdirs *found, int list);

#endif
