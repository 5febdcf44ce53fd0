/* Whether a tar archive is whole, and can be unpacked. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_TAR_CHECK_H
#define GLB_TAR_CHECK_H

#include <stdint.h>

/*
 * Reads an archive (v7, ustar, pax or GNU) from fd to the end of the file:
 * every header has its checksum, every member its bytes, two blocks of zeros
 * end it, nothing but blocks of zeros follows, and all of it is understood
 * (see tar/read.h).  Returns NULL if so, else what is wrong, in words; errno
 * is 0 then, or what reading said.  Silent.
 */
const char *tar_check(int fd);

/*
 * The same, and tar_unpack() would refuse no member for what it says itself:
 * its name, its type, its link.  Whether names lead through links of the
 * archive, and hard links to its files, only unpacking tells.  *bytes gets the
 * length of the archive as far as it was read.
 */
const char *tar_check_tree(int fd, uint64_t *bytes);

#endif
