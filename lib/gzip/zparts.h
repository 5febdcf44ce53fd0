/* Our own blocks, expanded on several processors before they are asked for. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_ZPARTS_H
#define GLB_ZPARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct zparts;

/*
 * A stretch of the input.  It ends with the bytes 00 00 ff ff, which stand at
 * the end of each of our blocks; but they may also be found elsewhere.  So what
 * the workers made of it means something only if a block begins with it.
 */
struct zpart {
	unsigned char *in; /* ZIN_BACK bytes of room, then the stretch */
	size_t n_in;
	unsigned char *out; /* valid if sound: what it holds */
	size_t n_out;
	uint32_t crc; /* of out */
	/*
	 * The part is raw deflate that refers to nothing before it, does not
	 * end the stream, and ends where a deflate block ends.
	 */
	bool sound;
};

/*
 * Starts to read fd, behind the n bytes at first, and to expand the parts on
 * processors threads, or in zparts_next() if it is 1.  Returns NULL after a
 * warning.  End with zparts_stop().
 */
struct zparts *zparts_start(
    int fd, const unsigned char *first, size_t n, unsigned int processors);

/*
 * The next part; the one before is gone then.  Silent.  Returns 1, 0 at the
 * end of the input, or -1 with errno if reading failed.
 */
int zparts_next(struct zparts *p, struct zpart **part);

/* Whether it is worth while to expand what is read from now on. */
void zparts_expand(struct zparts *p, bool on);

/* Ends all threads and frees p, which may be NULL. */
void zparts_stop(struct zparts *p);

#endif
