/* Our own blocks, expanded on several processors before they are asked for. */
/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/io.h"
#include "base/prog.h"
#include "gzip/cut.h"
#include "gzip/ring.h"
#include "gzip/zblock.h"
#include "gzip/zin.h"
#include "gzip/zparts.h"
#include "gzip/zraw.h"
#include "gzip/zsum.h"

/*
 * Each part costs some waking up, so it is not cut into tiny ones.  A full
 * block of nothing but equal bytes has more: two bits for each 258 of them.
 */
#define PART_MIN 400

/*
 * Behind the bytes of a full block: so much room that the end of the part is
 * seen before the end of the room.
 */
#define ROOM_BEHIND 512

#define MARKER_SIZE 4

struct slot {
	struct zpart part;
	bool whole; /* one marker, and that at the end */
};

struct zparts {
	int fd;
	atomic_bool expand;
	unsigned int processors;
	struct ring *ring;
	struct zraw *raws[RING_WORKERS]; /* a worker's each */
	struct slot slots[RING_SLOTS(RING_WORKERS)];
	void *turns[RING_SLOTS(RING_WORKERS)];

	/* The reader's. */
	size_t part_max;
	size_t n_carry; /* read already, but behind the last marker */
	bool end;
	int error; /* errno of a failure; whatever came before is read first */
	unsigned char carry[IO_SIZE];
};

/* Looks for a marker whose last byte is one of p[i] to p[n - 1]. */
static size_t
look_closely(const unsigned char *p, size_t i, size_t n)
{
	for (; i < n; i++) {
		if (p[i] == 0xff && memcmp(p + i - 3, "\0\0\xff", 3) == 0)
			return i + 1;
	}
	return 0;
}

/*
 * Looks for a marker whose last byte is p[i] or behind; i is 3 at least.  Of
 * its two bytes ff one is in every other place, and few of those hold an ff:
 * then x has a 0 there, from which 1 is borrowed.  Returns the length up to
 * the marker's end, or 0.
 */
static size_t
find_marker(const unsigned char *p, size_t i, size_t n)
{
	size_t word, found;
	uint64_t x;

	for (word = i - 1; word + sizeof(x) < n; word += sizeof(x)) {
		memcpy(&x, p + word, sizeof(x));
		x = ~x >> 8 & 0x00ff00ff00ff00ff;
		if (((x - 0x0001000100010001) & 0x8000800080008000) == 0)
			continue;
		found =
		    look_closely(p, word < i ? i : word, word + sizeof(x) + 1);
		if (found > 0)
			return found;
	}
	return look_closely(p, word < i ? i : word, n);
}

/* Reads behind the n bytes at p.  Returns what there is then. */
static size_t
read_more(struct zparts *p, unsigned char *in, size_t n, int stop_fd)
{
	size_t room = p->part_max - n;
	ssize_t r;

	r = ring_read(p->fd, stop_fd, in + n, room < IO_SIZE ? room : IO_SIZE);
	p->end = r <= 0;
	if (r == -1)
		p->error = errno;
	return n + (r > 0 ? (size_t)r : 0);
}

/*
 * Cuts the part off behind its marker, or behind all n bytes if end is 0, and
 * keeps the rest.
 */
static void
end_part(struct zparts *p, struct slot *s, size_t end, size_t n)
{
	unsigned char *in = s->part.in + ZIN_BACK;

	s->whole =
	    end > 0 && find_marker(in, MARKER_SIZE - 1, PART_MIN - 1) == 0;
	if (end == 0)
		end = n;
	s->part.n_in = end;
	p->n_carry = n - end;
	memcpy(p->carry, in + end, p->n_carry);
}

static int
fill(void *ctx, void *slot, int stop_fd)
{
	struct zparts *p = ctx;
	struct slot *s = slot;
	unsigned char *in = s->part.in + ZIN_BACK;
	size_t n = p->n_carry, end = 0, seen = PART_MIN - 1;

	memcpy(in, p->carry, n);
	for (;;) {
		end = find_marker(in, seen, n);
		if (end > 0 || p->end || n == p->part_max)
			break;
		seen = n > seen ? n : seen;
		n = read_more(p, in, n, stop_fd);
	}
	if (n == 0)
		return PROG_DONE;
	end_part(p, s, end, n);
	return -1;
}

/*
 * Whether the part expands to something whole, which ends with the part.  Room
 * that is used up might hide that there is more.
 */
static bool
is_sound(struct zraw *raw, struct zpart *part, size_t room)
{
	struct zraw_io io = {part->in + ZIN_BACK, part->n_in, part->out, room};

	zraw_start(raw);
	if (zraw_step(raw, &io) != ZRAW_MORE || io.n_in > 0 || io.n_out == 0)
		return false;
	part->n_out = room - io.n_out;
	return zraw_at_border(raw);
}

static int
work(void *ctx, unsigned int worker, void *slot)
{
	struct zparts *p = ctx;
	struct slot *s = slot;

	s->part.sound = s->whole && atomic_load(&p->expand) &&
	    is_sound(p->raws[worker], &s->part, CUT_MAX + ROOM_BEHIND);
	if (s->part.sound)
		s->part.crc = zsum_add(0, s->part.out, s->part.n_out);
	return PROG_DONE;
}

struct zparts *
zparts_start(
    int fd, const unsigned char *first, size_t n, unsigned int processors)
{
	static const struct ring_ops ops = {fill, work, NULL};
	struct zparts *p = xcalloc(1, sizeof(*p));
	unsigned int i;

	p->fd = fd;
	p->processors = processors;
	p->part_max = zblock_room(CUT_MAX);
	atomic_init(&p->expand, true);
	memcpy(p->carry, first, n);
	p->n_carry = n;
	for (i = 0; i < processors; i++)
		p->raws[i] = zraw_new();
	for (i = 0; i < RING_SLOTS(processors); i++) {
		p->slots[i].part.in = xmalloc(ZIN_BACK + p->part_max);
		p->slots[i].part.out = xmalloc(CUT_MAX + ROOM_BEHIND);
		p->turns[i] = &p->slots[i];
	}
	p->ring = ring_start(&ops, p, p->turns, processors);
	if (p->ring != NULL)
		return p;
	zparts_stop(p);
	return NULL;
}

int
zparts_next(struct zparts *p, struct zpart **part)
{
	void *slot;

	if (ring_next(p->ring, &slot) == -1) {
		*part = &((struct slot *)slot)->part;
		return 1;
	}
	*part = NULL;
	errno = p->error;
	return p->error != 0 ? -1 : 0;
}

void
zparts_expand(struct zparts *p, bool on)
{
	atomic_store(&p->expand, on);
}

void
zparts_stop(struct zparts *p)
{
	unsigned int i;

	if (p == NULL)
		return;
	ring_stop(p->ring);
	for (i = 0; i < p->processors; i++)
		zraw_free(p->raws[i]);
	for (i = 0; i < RING_SLOTS(p->processors); i++) {
		free(p->slots[i].part.in);
		free(p->slots[i].part.out);
	}
	free(p);
}
