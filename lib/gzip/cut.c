/* Cuts the input into blocks, at fixed borders or where its content says. */
/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/io.h"
#include "gzip/cut.h"
#include "gzip/ring.h"

/*
 * The rolling hash ("gear"): hash = 2 * hash + gear[byte].  A byte is shifted
 * out after WINDOW steps, so the hash is that of the last WINDOW bytes only.
 * A border follows where its upper BITS bits are 0, once in 2^BITS bytes.
 */
#define WINDOW 64
#define BITS 17

struct cut {
	int fd;
	bool content_defined;
	bool end; /* read(2) said so: a terminal is not asked again */
	uint64_t gear[256];
	uint64_t hash;
	size_t seen; /* how far into the block hash got */
	size_t n_carry; /* read already, but behind the last border */
	unsigned char carry[IO_SIZE];
};

/* Fills gear with fixed pseudo-random numbers (splitmix64). */
static void
fill_gear(uint64_t gear[256])
{
	uint64_t z, state = 0;
	int i;

	for (i = 0; i < 256; i++) {
		state += 0x9e3779b97f4a7c15;
		z = state;
		z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
		z = (z ^ z >> 27) * 0x94d049bb133111eb;
		gear[i] = z ^ z >> 31;
	}
}

struct cut *
cut_new(int fd, bool content_defined)
{
	struct cut *c = xcalloc(1, sizeof(*c));

	c->fd = fd;
	c->content_defined = content_defined;
	fill_gear(c->gear);
	return c;
}

void
cut_free(struct cut *c)
{
	free(c);
}

/*
 * Looks for a border among the bytes of the block at buf that were not looked
 * at before; end bytes are there.  Returns the block's length, or 0 if there
 * is no border yet.  Bytes too early to matter are never looked at.
 */
static size_t
find_border(struct cut *c, const unsigned char *buf, size_t end)
{
	uint64_t h = c->hash;
	size_t i;

	for (i = c->seen; i < end; i++) {
		h = (h << 1) + c->gear[buf[i]];
		if (h >> (64 - BITS) == 0 && i + 1 >= CUT_MIN)
			return i + 1;
	}
	c->hash = h;
	c->seen = i;
	return 0;
}

/* Keeps what lies behind the border for the next block. */
static void
carry_over(struct cut *c, const unsigned char *buf, size_t border, size_t end)
{
	c->n_carry = end - border;
	memcpy(c->carry, buf + border, c->n_carry);
}

int
cut_next(struct cut *c, int stop_fd, unsigned char *buf, size_t *n)
{
	size_t border = 0, room, end;
	ssize_t r;

	/* The carry is shorter than CUT_MIN: no border is in it. */
	memcpy(buf, c->carry, c->n_carry);
	*n = c->n_carry;
	c->n_carry = 0;
	c->hash = 0;
	c->seen = CUT_MIN - WINDOW;
	while (*n < CUT_MAX && border == 0 && !c->end) {
		room = CUT_MAX - *n < IO_SIZE ? CUT_MAX - *n : IO_SIZE;
		r = ring_read(c->fd, stop_fd, buf + *n, room);
		if (r == -1)
			return -1;
		c->end = r == 0;
		end = *n + (size_t)r;
		if (c->content_defined)
			border = find_border(c, buf, end);
		if (border > 0)
			carry_over(c, buf, border, end);
		*n = border > 0 ? border : end;
	}
	return *n > 0;
}
