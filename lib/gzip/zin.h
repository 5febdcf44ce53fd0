/* Compressed input: a buffered descriptor that knows where in it we are. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_ZIN_H
#define GLB_ZIN_H

#include <stddef.h>
#include <stdint.h>

#include "base/io.h"

/* So many bytes that came before data can be taken again: pos -= ZIN_BACK. */
#define ZIN_BACK 8

struct zpart;
struct zparts;

/* Messages call the descriptor "standard input". */
struct zin {
	int fd;
	uint64_t before; /* bytes of the input in front of data */
	const unsigned char *data;
	size_t pos, len; /* data[pos] to data[len - 1] are unread */
	struct zparts *parts; /* where it comes from instead of fd, or NULL */
	struct zpart *part; /* the one that data is of, or NULL */
	unsigned char own[ZIN_BACK + IO_SIZE];
};

/* What zin_byte() returns besides 0 to 255. */
#define ZIN_END (-1)
#define ZIN_FAILED (-2)

/* Starts at offset 0 of fd. */
void zin_start(struct zin *in, int fd);

/*
 * Lets what is unread, and what follows it, come from parts; they were given
 * the unread bytes and fd.
 */
void zin_divert(struct zin *in, struct zparts *parts);

/*
 * Sees to it that there is an unread byte.  Returns 1, 0 at the end of the
 * input, or -1 after a warning that it cannot be read.
 */
int zin_fill(struct zin *in);

/* Takes one byte.  ZIN_FAILED comes after a warning. */
int zin_byte(struct zin *in);

/* The offset of the next unread byte. */
uint64_t zin_offset(const struct zin *in);

/* Warns of damage found at offset.  Returns PROG_DAMAGED. */
int zin_damage(uint64_t offset, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
