/* What is in a tar archive, for people and for programs. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_TAR_LIST_H
#define GLB_TAR_LIST_H

#include <stdbool.h>

/*
 * Writes a line a member of the archive from fd to stdout, one JSON object if
 * json is set, and reads the archive to its end.  Returns a status; whether
 * stdout took it all is for the caller to judge (prog_finish()).
 */
int tar_list(int fd, bool json);

#endif
