/* Where blocks end: fixed borders, borders by content, and how to stop. */
/* SPDX-License-Identifier: MIT */
#include <sys/mman.h>

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/io.h"
#include "gzip/cut.h"

#define MANY 256
#define TOTAL ((size_t)16 * 1024 * 1024)

/* Bytes that look random, the same at every run. */
static void
fill(unsigned char *p, size_t n)
{
	uint32_t x = 1;
	size_t i;

	for (i = 0; i < n; i++) {
		x = x * 1664525 + 1013904223;
		p[i] = (unsigned char)(x >> 24);
	}
}

static int
file_of(const unsigned char *p, size_t n)
{
	int fd;

	fd = memfd_create("cut", MFD_CLOEXEC);
	assert(fd != -1);
	assert(io_write_all(fd, p, n) == 0);
	assert(lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

/* Cuts p up, checks that the blocks are p, returns how many there are. */
static size_t
cut_up(const unsigned char *p, size_t n, bool content, size_t sizes[MANY])
{
	unsigned char *block = xmalloc(CUT_MAX);
	struct cut *c;
	size_t len, at = 0, count = 0;
	int fd;

	fd = file_of(p, n);
	c = cut_new(fd, content);
	while (cut_next(c, -1, block, &len) == 1) {
		assert(count < MANY && len > 0 && len <= n - at);
		assert(memcmp(block, p + at, len) == 0);
		at += len;
		sizes[count++] = len;
	}
	assert(at == n);
	assert(cut_next(c, -1, block, &len) == 0);
	cut_free(c);
	close(fd);
	free(block);
	return count;
}

static void
test_fixed(const unsigned char *p)
{
	static const size_t totals[] = {
	    0, 1, CUT_MAX - 1, CUT_MAX, CUT_MAX + 1, (size_t)3 * CUT_MAX};
	size_t sizes[MANY], i, j, n;

	for (i = 0; i < sizeof(totals) / sizeof(totals[0]); i++) {
		n = cut_up(p, totals[i], false, sizes);
		assert(n == (totals[i] + CUT_MAX - 1) / CUT_MAX);
		for (j = 0; j + 1 < n; j++)
			assert(sizes[j] == CUT_MAX);
	}
}

static void
test_content(const unsigned char *p)
{
	size_t sizes[MANY], i, n, forced = 0;

	n = cut_up(p, TOTAL, true, sizes);
	assert(n > TOTAL / CUT_MAX * 2 && n < TOTAL / CUT_MIN / 2);
	for (i = 0; i + 1 < n; i++) {
		assert(sizes[i] >= CUT_MIN && sizes[i] <= CUT_MAX);
		forced += sizes[i] == CUT_MAX;
	}
	assert(forced < n / 8);
}

/* Cut off in front, the same bytes soon have the same borders again. */
static void
test_finds_back(const unsigned char *p)
{
	size_t a[MANY], b[MANY], n, m, shift;

	n = cut_up(p, TOTAL, true, a);
	for (shift = 1; shift < 100000; shift = shift * 7 + 1) {
		m = cut_up(p + shift, TOTAL - shift, true, b);
		assert(memcmp(a + n - 40, b + m - 40, 40 * sizeof(a[0])) == 0);
	}
}

/* Bytes that never sum up to a border. */
static void
test_monotonous(void)
{
	unsigned char *p = xcalloc(1, (size_t)3 * CUT_MAX);
	size_t sizes[MANY];

	assert(cut_up(p, (size_t)3 * CUT_MAX, true, sizes) == 3);
	assert(sizes[0] == CUT_MAX);
	free(p);
}

/* Nothing to read, and nobody closes: what comes through stop_fd ends it. */
static void
test_stop(void)
{
	unsigned char *block = xmalloc(CUT_MAX);
	int data[2], stop[2];
	struct cut *c;
	size_t n;

	assert(pipe(data) == 0 && pipe(stop) == 0);
	assert(write(data[1], "abc", 3) == 3);
	assert(write(stop[1], "!", 1) == 1);
	c = cut_new(data[0], false);
	errno = 0;
	assert(cut_next(c, stop[0], block, &n) == -1 && errno == ECANCELED);
	cut_free(c);
	free(block);
}

int
main(void)
{
	unsigned char *p = xmalloc(TOTAL);

	fill(p, TOTAL);
	test_fixed(p);
	test_content(p);
	test_finds_back(p);
	test_monotonous();
	test_stop();
	free(p);
	return 0;
}
