/* Looks objects up in the index of a pack. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_PACKIDX_H
#define GLB_PACKIDX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PACK_SUM 20 /* bytes of a SHA-1 */

struct packidx {
	int fd; /* the caller's */
	uint64_t size; /* of the file */
	uint32_t n; /* objects */
	uint32_t fanout[256];
	unsigned char *ids; /* in memory, if they are few; or NULL */
	unsigned char pack_sum[PACK_SUM]; /* that the pack ends with */
};

/*
 * All of these believe nothing: what is not right in a file is told as such
 * and leads nowhere else.  They are silent, and need little memory whatever
 * the file's size.
 */

/*
 * Reads the frame of the index fd.  Returns false if it makes no sense, or is
 * of another version than 2.  The caller frees x in either case.
 */
bool packidx_open(struct packidx *x, int fd);

/*
 * For who looks up many ids: reads those into memory.  Returns false if the
 * index is not what was written, by its sum.
 */
bool packidx_load(struct packidx *x);
void packidx_close(struct packidx *x);

/*
 * Finds the object with this id, as bytes.  Returns false if the pack does not
 * have it; else *at is its number in the order of the ids.
 */
bool packidx_find(
    const struct packidx *x, const unsigned char oid[PACK_SUM], uint32_t *at);

/* Reads exactly n bytes at offset of fd. */
bool packidx_read(int fd, void *p, size_t n, uint64_t offset);

/* Is the file as long as that, and its last 20 bytes the sum of all before? */
bool packidx_sound(int fd, uint64_t size);

/* A big-endian number. */
uint32_t packidx_be32(const unsigned char *p);

/* The bytes that 40 hexadecimal digits stand for.  False: they are none. */
bool packidx_oid(const char *hex, unsigned char oid[PACK_SUM]);

#endif
