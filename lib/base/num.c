/* Numbers and sizes as people write them. */
/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

int
num_duration(const char *s, int64_t *seconds)
{
	static const struct {
		char letter;
		int64_t seconds;
	} unit[] = {{'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}};
	size_t digits = strspn(s, "0123456789"), i = 3;
	char number[32];
	int64_t n;

	if (s[digits] != '\0')
		for (i = 0; i < 4 && s[digits] != unit[i].letter; i++)
			;
	if (digits == 0 || i == 4 || (s[digits] != '\0' && s[digits + 1])) {
		errno = EINVAL;
		return -1;
	}
	if (digits >= sizeof(number)) {
		errno = ERANGE;
		return -1;
	}
	memcpy(number, s, digits);
	number[digits] = '\0';
	if (num_parse(number, 1, INT64_MAX / unit[i].seconds, &n) == -1)
		return -1;
	*seconds = n * unit[i].seconds;
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
