/* Compresses a stream, on several processors, into one gzip member. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/io.h"
#include "base/prog.h"
#include "base/status.h"
#include "gzip/cut.h"
#include "gzip/ring.h"
#include "gzip/zblock.h"
#include "gzip/zhead.h"
#include "gzip/zpack.h"
#include "gzip/zsum.h"

_Static_assert(ZPACK_PROCESSORS <= RING_WORKERS, "more than a ring takes");

struct slot {
	unsigned char *in, *out;
	size_t n_in, n_out;
	uint32_t crc;
};

struct pack {
	const struct zpack_options *o;
	int out;
	struct cut *cut; /* the reader's */
	struct zblock *codecs[ZPACK_PROCESSORS]; /* a worker's each */
	uint32_t crc, length; /* the writer's: of all before; modulo 2^32 */
	bool begun; /* the header is written */
	atomic_bool failed; /* somebody has warned */
};

/* Two threads can fail at the same time: the first one warns. */
static int
failed(struct pack *p, const char *what)
{
	if (!atomic_exchange(&p->failed, true))
		warn("%s", what);
	return PROG_FAILED;
}

/* Writes n bytes in pieces that a pipe takes in one go. */
static int
put(struct pack *p, const unsigned char *data, size_t n)
{
	size_t piece;

	for (; n > 0; data += piece, n -= piece) {
		piece = n < IO_SIZE ? n : IO_SIZE;
		if (io_write_all(p->out, data, piece) == -1)
			return failed(p, "standard output");
		status_add(0, piece, 0);
	}
	return PROG_DONE;
}

/* The header waits for something behind it. */
static int
put_header(struct pack *p)
{
	unsigned char head[ZHEAD_SIZE];

	if (p->begun)
		return PROG_DONE;
	p->begun = true;
	zhead_make(head, p->o->level, p->o->content_defined);
	return put(p, head, sizeof(head));
}

static void
store32(unsigned char *p, uint32_t v)
{
	int i;

	for (i = 0; i < 4; i++, v >>= 8)
		p[i] = v & 0xff;
}

static int
put_end(struct pack *p)
{
	unsigned char end[10] = {3, 0};
	int rc;

	rc = put_header(p);
	if (rc != PROG_DONE)
		return rc;
	store32(end + 2, p->crc);
	store32(end + 6, p->length);
	return put(p, end, sizeof(end));
}

static int
fill(void *ctx, void *slot, int stop_fd)
{
	struct pack *p = ctx;
	struct slot *s = slot;
	int rc;

	rc = cut_next(p->cut, stop_fd, s->in, &s->n_in);
	if (rc == -1)
		return failed(p, "standard input");
	status_add(s->n_in, 0, 0);
	return rc == 0 ? PROG_DONE : -1;
}

static int
work(void *ctx, unsigned int worker, void *slot)
{
	struct pack *p = ctx;
	struct slot *s = slot;

	s->n_out = zblock_pack(p->codecs[worker], s->in, s->n_in, s->out);
	if (s->n_out == 0)
		return failed(p, "compression");
	s->crc = zsum_add(0, s->in, s->n_in);
	return PROG_DONE;
}

static int
drain(void *ctx, void *slot)
{
	struct pack *p = ctx;
	struct slot *s = slot;
	int rc;

	rc = put_header(p);
	if (rc == PROG_DONE)
		rc = put(p, s->out, s->n_out);
	p->crc = zsum_join(p->crc, s->crc, s->n_in);
	p->length += (uint32_t)s->n_in;
	status_add(0, 0, 1);
	return rc;
}

int
zpack_stream(int in, int out, const struct zpack_options *o)
{
	static const struct ring_ops ops = {fill, work, drain};
	unsigned int i, n_slots = RING_SLOTS(o->processors);
	struct slot slots[RING_SLOTS(ZPACK_PROCESSORS)];
	void *ring[RING_SLOTS(ZPACK_PROCESSORS)];
	struct pack p = {.o = o, .out = out};
	int rc;

	p.cut = cut_new(in, o->content_defined);
	for (i = 0; i < o->processors; i++)
		p.codecs[i] = zblock_new(o->level);
	for (i = 0; i < n_slots; i++) {
		slots[i].in = xmalloc(CUT_MAX);
		slots[i].out = xmalloc(zblock_room(CUT_MAX));
		ring[i] = &slots[i];
	}
	rc = ring_run(&ops, &p, ring, o->processors);
	if (rc == PROG_DONE)
		rc = put_end(&p);
	for (i = 0; i < n_slots; i++) {
		free(slots[i].in);
		free(slots[i].out);
	}
	for (i = 0; i < o->processors; i++)
		zblock_free(p.codecs[i]);
	cut_free(p.cut);
	return rc;
}
