/* Whether a tar archive is whole, whatever is in it. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_TAR_CHECK_H
#define GLB_TAR_CHECK_H

#include <stdint.h>

/*
 * Reads an archive (v7, ustar, pax or GNU) from fd to the end of the file:
 * every header has its checksum, every member its bytes, two blocks of zeros
 * end it, and nothing but zeros follows.  Returns NULL if so, else what is
 * wrong, in words; errno is 0 then, or what reading said.  Silent.
 */
const char *tar_check(int fd);

/*
 * The same; *bytes gets how many bytes were read: if it returns NULL, all of
 * the archive.
 */
const char *tar_check_counted(int fd, uint64_t *bytes);

#endif
