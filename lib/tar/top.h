/* Opening the directory that becomes an archive. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_TOP_H
#define GLB_TOP_H

/*
 * Opens the directory path for reading, through symbolic links.  Started by
 * root, a link of another user's leads only to that user's own directories:
 * who may write where path lies must not choose what root reads.  Returns a
 * descriptor, or -1 with errno (silent): EXDEV if such a link leads elsewhere.
 */
int tar_top_open(const char *path);

#endif
