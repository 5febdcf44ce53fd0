/* Numbers and sizes as people write them. */
/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/num.h"

int
num_parse(const char *s, int64_t min, int64_t max, int64_t *n)
{
	intmax_t v;
	char *end;

	/* strtoimax() would skip white space: we do not. */
	if (!isdigit((unsigned char)*s) && *s != '-') {
		errno = EINVAL;
		return -1;
	}
	errno = 0;
	v = strtoimax(s, &end, 10);
	if (end == s || *end != '\0') {
		errno = EINVAL;
		return -1;
	}
	if (errno != 0 || v < min || v > max) {
		errno = ERANGE;
		return -1;
	}
	*n = v;
	return 0;
}

char *
num_human(uint64_t bytes, char *out, size_t size)
{
	static const char *const unit[] = {
	    "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	double v = (double)bytes;
	size_t i = 0;

	while (v >= 1024 && i + 1 < sizeof(unit) / sizeof(unit[0])) {
		v /= 1024;
		i++;
	}
	snprintf(out, size, i == 0 ? "%.0f %s" : "%.1f %s", v, unit[i]);
	return out;
}
