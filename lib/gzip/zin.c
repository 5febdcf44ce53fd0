/* Compressed input: a buffered descriptor that knows where in it we are. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/prog.h"
#include "gzip/zin.h"

void
zin_start(struct zin *in, int fd)
{
	in->fd = fd;
	in->before = 0;
	in->pos = in->len = 0;
}

int
zin_fill(struct zin *in)
{
	ssize_t r;

	if (in->pos < in->len)
		return 1;
	r = io_read(in->fd, in->data, sizeof(in->data));
	if (r == -1) {
		warn("standard input");
		return -1;
	}
	in->before += in->len;
	in->pos = 0;
	in->len = (size_t)r;
	return r > 0;
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
