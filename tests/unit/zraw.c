/* Damaged raw deflate: what was made of it until then, and nothing else. */
/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "base/alloc.h"
#include "gzip/zraw.h"

#define RAW_WINDOW (-15)
#define SIZE ((size_t)100 * 1024)

static uint32_t
noise(void)
{
	static uint64_t n = 88172645463325252;

	n ^= n << 13;
	n ^= n >> 7;
	n ^= n << 17;
	return (uint32_t)n;
}

/* SIZE bytes of long and short words.  Returns how many gz has. */
static size_t
make(unsigned char *plain, unsigned char *gz, size_t room)
{
	z_stream z = {0};
	size_t i, n;

	for (i = 0; i < SIZE; i++) {
		plain[i] = (unsigned char)(noise() % 8 * (i % 7 + 9));
		n = noise() % 600;
		if (i > 20000 && i + n < SIZE && noise() % 16 == 0) {
			memmove(plain + i, plain + noise() % 19000, n);
			i += n;
		}
	}
	assert(deflateInit2(&z, 6, Z_DEFLATED, RAW_WINDOW, 8, 0) == Z_OK);
	z.next_in = plain;
	z.avail_in = (uInt)SIZE;
	z.next_out = gz;
	z.avail_out = (uInt)room;
	assert(deflate(&z, Z_FINISH) == Z_STREAM_END);
	n = room - z.avail_out;
	deflateEnd(&z);
	return n;
}

/* What zlib makes of it.  Returns how much that is, SIZE at most. */
static size_t
expand_by_zlib(unsigned char *gz, size_t n_gz, unsigned char *out)
{
	z_stream z = {0};
	size_t n;
	int rc = Z_OK;

	assert(inflateInit2(&z, RAW_WINDOW) == Z_OK);
	z.next_out = out;
	z.avail_out = (uInt)SIZE;
	/* Byte by byte, or its fast loop would forget what came last. */
	for (; n_gz > 0 && rc == Z_OK; n_gz--) {
		z.next_in = gz++;
		z.avail_in = 1;
		rc = inflate(&z, Z_SYNC_FLUSH);
		if (z.avail_out == 0)
			break;
	}
	n = SIZE - z.avail_out;
	inflateEnd(&z);
	return n;
}

/* In steps of that much room.  Returns how much it is, SIZE at most. */
static size_t
expand(unsigned char *gz, size_t n_gz, unsigned char *out, size_t step)
{
	struct zraw *z = zraw_new();
	struct zraw_io io = {gz, n_gz, out, 0};
	enum zraw_result result = ZRAW_MORE;
	const unsigned char *end;

	zraw_start(z);
	while (result == ZRAW_MORE && io.out < out + SIZE) {
		io.n_out = (size_t)(out + SIZE - io.out);
		io.n_out = io.n_out < step ? io.n_out : step;
		end = io.out + io.n_out;
		result = zraw_step(z, &io);
		assert(io.n_out <= step && io.out + io.n_out == end);
		if (result == ZRAW_MORE && io.n_out > 0)
			break;
		assert(io.n_in <= n_gz + ZRAW_BACK);
		assert(io.in + io.n_in == gz + n_gz);
	}
	assert(result != ZRAW_DAMAGED || zraw_reason(z)[0] != '\0');
	zraw_free(z);
	return (size_t)(io.out - out);
}

int
main(void)
{
	static const size_t steps[] = {SIZE, 65536, 1000};
	unsigned char *plain = xmalloc(SIZE), *gz = xmalloc(SIZE);
	unsigned char *want = xmalloc(SIZE), *out = xmalloc(SIZE);
	size_t n_gz, n_want, n_out, i, at;
	unsigned char was;
	int turn;

	n_gz = make(plain, gz, SIZE);
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		assert(expand(gz, n_gz, out, steps[i]) == SIZE);
		assert(memcmp(out, plain, SIZE) == 0);
		for (turn = 0; turn < 400; turn++) {
			at = noise() % n_gz;
			was = gz[at];
			gz[at] = (unsigned char)noise();
			memset(out, 0xaa, SIZE);
			n_want = expand_by_zlib(gz, n_gz, want);
			n_out = expand(gz, n_gz, out, steps[i]);
			assert(n_out <= n_want);
			assert(memcmp(out, want, n_out) == 0);
			gz[at] = was;
		}
	}
	free(plain);
	free(gz);
	free(want);
	free(out);
	return 0;
}
