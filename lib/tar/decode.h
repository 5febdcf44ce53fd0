/* A header block of a tar archive of any kind, taken apart. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_TAR_DECODE_H
#define GLB_TAR_DECODE_H

#include <stddef.h>
#include <stdint.h>

#include "tar/header.h"

/* Types that describe the member behind them. */
#define TAR_PAX 'x' /* pax records for one member */
#define TAR_PAX_GLOBAL 'g' /* pax records for all that follow */
#define TAR_GNU_NAME 'L' /* GNU tar's long name */
#define TAR_GNU_LINK 'K' /* GNU tar's long link target */

/* Types that are known and can be listed, but are never unpacked. */
#define TAR_CHAR '3'
#define TAR_BLOCKDEV '4'

/* The fields of one block, before pax records and long names overrule them. */
struct tar_fields {
	char name[257], link[101], user[33], group[33];
	int64_t mtime; /* seconds */
	uint64_t size;
	uint64_t uid, gid;
	mode_t mode; /* the bits of 07777 */
	char type; /* old and contiguous files are TAR_FILE */
};

/*
 * Takes the TAR_BLOCK bytes at block apart: old (v7), ustar, pax or GNU.
 * Returns NULL, or what is wrong, in words.  Silent.
 */
const char *tar_decode(const char *block, struct tar_fields *f);

/* Are the n bytes at p zeros?  1 or 0. */
int tar_zeros(const char *p, size_t n);

#endif
