/* The members of a tar archive, one after the other, to its very end. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_TAR_READ_H
#define GLB_TAR_READ_H

#include <sys/types.h>

#include "tar/header.h"

#define TAR_NAME_MAX 65536 /* longer names and link targets are refused */

/* Memory: fixed, and that of one member's names and pax records. */
struct tar_reader;

/* A reader of the archive from fd, which stays the caller's. */
struct tar_reader *tar_read_new(int fd);

/* The same, but silent: no function warns.  See tar_read_why(). */
struct tar_reader *tar_read_new_quiet(int fd);

/*
 * The same, silent too, but reading ends with PROG_FAILED once the descriptor
 * stop can be read.
 */
struct tar_reader *tar_read_new_stop(int fd, int stop);

/*
 * Goes to the next member, passing over what is left of the contents of the
 * last one.  Returns 1 with *m filled, good until the next call; its path is
 * as it stands in the archive, its type one of those of header.h or
 * TAR_CHAR or TAR_BLOCKDEV, and only a TAR_FILE has a size.  Returns 0 at the
 * end: the end marker was there, and nothing but zeros behind it.  Returns -1
 * after a warning, see tar_read_status().
 */
int tar_read_next(struct tar_reader *r, struct tar_member *m);

/*
 * The next bytes of the current member's contents in *p, until the next call.
 * Returns how many, 0 when there are no more, -1 after a warning.
 */
ssize_t tar_read_data(struct tar_reader *r, const char **p);

/* Warns "NAME: byte N: why" of the current member, which begins there. */
void tar_read_complain(const struct tar_reader *r, const char *why);

/*
 * After a -1: what is wrong, in words; errno is 0 then, or what reading said.
 */
const char *tar_read_why(const struct tar_reader *r);

/* After a -1 of a silent one: warns, unless stop was it. */
void tar_read_tell(const struct tar_reader *r);

/* After a -1: PROG_DAMAGED, or PROG_FAILED if fd could not be read. */
int tar_read_status(const struct tar_reader *r);

/* How many bytes of the archive have been read. */
uint64_t tar_read_bytes(const struct tar_reader *r);

/* Frees r, which may be NULL. */
void tar_read_free(struct tar_reader *r);

#endif
