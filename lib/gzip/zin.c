/* Compressed input: a buffered descriptor that knows where in it we are. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/prog.h"
#include "gzip/zin.h"
#include "gzip/zparts.h"

void
zin_start(struct zin *in, int fd)
{
	in->fd = fd;
	in->before = 0 - (uint64_t)ZIN_BACK;
	in->data = in->own;
	in->pos = in->len = ZIN_BACK;
	in->parts = NULL;
	in->part = NULL;
	memset(in->own, 0, ZIN_BACK);
}

void
zin_divert(struct zin *in, struct zparts *parts)
{
	in->parts = parts;
	in->len = in->pos;
}

/* Gets more behind data + ZIN_BACK.  Returns what io_read() does. */
static ssize_t
more(struct zin *in, const unsigned char last[ZIN_BACK])
{
	int rc;

	if (in->parts == NULL) {
		memcpy(in->own, last, ZIN_BACK);
		return io_read(in->fd, in->own + ZIN_BACK, IO_SIZE);
	}
	rc = zparts_next(in->parts, &in->part);
	in->data = rc == 1 ? in->part->in : in->own;
	memcpy(rc == 1 ? in->part->in : in->own, last, ZIN_BACK);
	return rc == 1 ? (ssize_t)in->part->n_in : rc;
}

int
zin_fill(struct zin *in)
{
	unsigned char last[ZIN_BACK];
	ssize_t r;

	if (in->pos < in->len)
		return 1;
	memcpy(last, in->data + in->len - ZIN_BACK, ZIN_BACK);
	in->before += in->len - ZIN_BACK;
	r = more(in, last);
	in->pos = ZIN_BACK;
	in->len = ZIN_BACK + (r > 0 ? (size_t)r : 0);
	if (r == -1)
		warn("standard input");
	return r > 0 ? 1 : (int)r;
}

int
zin_byte(struct zin *in)
{
	switch (zin_fill(in)) {
	case 1:
		return in->data[in->pos++];
	case 0:
		return ZIN_END;
	default:
		return ZIN_FAILED;
	}
}

uint64_t
zin_offset(const struct zin *in)
{
	return in->before + in->pos;
}

int
zin_damage(uint64_t offset, const char *fmt, ...)
{
	char reason[128];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	warnx("standard input: byte %" PRIu64 ": %s", offset, reason);
	return PROG_DAMAGED;
}
