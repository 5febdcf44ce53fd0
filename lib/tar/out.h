/* A tar stream on its way out: one buffer, whole blocks, the end marked. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_TAR_OUT_H
#define GLB_TAR_OUT_H

#include <stddef.h>
#include <stdint.h>

/*
 * Functions that return an int return 0, or -1 after a warning once the
 * descriptor cannot be written; then nothing more should be added.  What is
 * written, and what is read from files, is told to status_add().
 */
struct tar_out;

/* A stream to fd, which stays the caller's.  Free with tar_out_free(). */
struct tar_out *tar_out_new(int fd);

/* Adds n bytes. */
int tar_out_add(struct tar_out *o, const void *p, size_t n);

/* Adds a member's contents, n bytes, and zeros up to the end of the block. */
int tar_out_add_file(struct tar_out *o, const void *p, size_t n);

/* What tar_out_copy() met. */
struct tar_copy {
	uint64_t got; /* bytes that the file gave, the rest being zeros */
	int error; /* errno of the read that failed, or 0 */
};

/*
 * Adds a member's contents, exactly size bytes of them from fd, and zeros up
 * to the end of the block.  A file that gives less is filled up with zeros;
 * what it has beyond size is not looked at.
 */
int tar_out_copy(
    struct tar_out *o, int fd, uint64_t size, struct tar_copy *copy);

/* Adds the end marker, fills up the last record, and writes all there is. */
int tar_out_end(struct tar_out *o);

/* Frees o, which may be NULL; what was not written is lost. */
void tar_out_free(struct tar_out *o);

#endif
