/* One block at every level: whole, within its room, alone, and repeatable. */
/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "base/alloc.h"
#include "gzip/cut.h"
#include "gzip/zblock.h"

#define RAW_WINDOW (-15)

/* n bytes of kind 0: zeros, 1: noise, 2: text, 3: both by turns. */
static void
fill(unsigned char *p, size_t n, int kind)
{
	static const unsigned char letters[] = "etaoin\t shrdlu\n,";
	static uint64_t noise = 88172645463325252;
	size_t i;

	for (i = 0; i < n; i++) {
		noise ^= noise << 13;
		noise ^= noise >> 7;
		noise ^= noise << 17;
		p[i] = 0;
		if (kind == 1 || (kind == 3 && i / 5000 % 2 == 0))
			p[i] = (unsigned char)noise;
		else if (kind > 1)
			p[i] = letters[noise & noise >> 8 & 15];
	}
}

static void
check_result(const unsigned char *in, size_t n, unsigned char *gz, size_t n_gz)
{
	unsigned char *out = xmalloc(n + 1);
	z_stream z = {0};

	assert(n_gz >= 4 && memcmp(gz + n_gz - 4, "\0\0\xff\xff", 4) == 0);
	assert(inflateInit2(&z, RAW_WINDOW) == Z_OK);
	z.next_in = gz;
	z.avail_in = (uInt)n_gz;
	z.next_out = out;
	z.avail_out = (uInt)n + 1;
	assert(inflate(&z, Z_SYNC_FLUSH) == Z_OK);
	assert(z.avail_in == 0 && z.avail_out == 1);
	assert(memcmp(in, out, n) == 0);
	inflateEnd(&z);
	free(out);
}

/* used has packed other blocks before; a fresh codec gives the same. */
static void
test_block(struct zblock *used, int level, size_t n, int kind)
{
	unsigned char *in = xmalloc(n), *gz[2];
	struct zblock *fresh = zblock_new(level);
	size_t n_gz[2];

	gz[0] = xmalloc(zblock_room(n));
	gz[1] = xmalloc(zblock_room(n));
	fill(in, n, kind);
	n_gz[0] = zblock_pack(used, in, n, gz[0]);
	n_gz[1] = zblock_pack(fresh, in, n, gz[1]);
	assert(n_gz[0] > 0 && n_gz[0] <= zblock_room(n));
	assert(n_gz[0] == n_gz[1] && memcmp(gz[0], gz[1], n_gz[0]) == 0);
	check_result(in, n, gz[0], n_gz[0]);
	zblock_free(fresh);
	free(in);
	free(gz[0]);
	free(gz[1]);
}

/* Two codecs that work side by side give the same, whatever they did before. */
static void
test_alike(int level)
{
	static unsigned char in[64], gz[2][256];
	struct zblock *one = zblock_new(level), *other = zblock_new(level);
	unsigned int turn;
	size_t n, i;

	for (turn = 0; turn < 20000; turn++) {
		fill(in, sizeof(in), 1);
		n = 1 + in[0] % sizeof(in);
		for (i = 0; i < n; i++)
			in[i] = (unsigned char)"abc"[in[i] % 3];
		memset(gz, 0, sizeof(gz));
		assert(zblock_pack(one, in, n, gz[0]) ==
		    zblock_pack(other, in, n, gz[1]));
		assert(memcmp(gz[0], gz[1], sizeof(gz[0])) == 0);
	}
	zblock_free(one);
	zblock_free(other);
}

/*
 * Prints a sum of what 3000 blocks become that ISA-L would tell the address of
 * its state by: 16 bytes of noise, twice.
 */
static void
print_sum(void)
{
	unsigned char in[32], gz[256];
	struct zblock *z;
	uLong sum = 0;
	size_t n;
	int level, turn;

	for (level = 1; level <= 2; level++) {
		z = zblock_new(level);
		for (turn = 0; turn < 3000; turn++) {
			fill(in, 16, 1);
			memcpy(in + 16, in, 16);
			n = zblock_pack(z, in, sizeof(in), gz);
			sum = crc32(sum, gz, (uInt)n);
		}
		zblock_free(z);
	}
	printf("%08lx\n", sum);
}

/* Processes, whose addresses all differ, and are few, give the same. */
static void
test_processes(const char *self)
{
	char command[4096], line[2][16] = {{0}};
	int turn;
	FILE *f;

	/* Sanitizers have shadows of terabytes, and then there is no limit. */
	snprintf(command, sizeof(command),
	    "case '%s' in *asan*|*tsan*) ;; *) ulimit -v 200000 ;; esac &&"
	    " exec '%s' sum",
	    self, self);
	for (turn = 0; turn < 6; turn++) {
		f = popen(command, "re");
		assert(f != NULL);
		assert(fgets(line[turn > 0], sizeof(line[0]), f) != NULL);
		assert(pclose(f) == 0);
		assert(turn == 0 || strcmp(line[0], line[1]) == 0);
	}
}

int
main(int argc, char *argv[])
{
	static const size_t large[] = {
	    32767, 32768, 32769, 65535, 65536, 65537, CUT_MAX - 1, CUT_MAX};
	struct zblock *z;
	size_t i, n;
	int level, kind;

	if (argc > 1) {
		print_sum();
		return 0;
	}
	test_processes(argv[0]);
	zblock_free(NULL);
	for (level = 1; level <= 9; level++) {
		z = zblock_new(level);
		for (kind = 0; kind < 4; kind++) {
			for (n = 1; n < 600; n += 1 + n / 40)
				test_block(z, level, n, kind);
			for (i = 0; i < sizeof(large) / sizeof(large[0]); i++)
				test_block(z, level, large[i], kind);
		}
		zblock_free(z);
		if (level <= 3)
			test_alike(level);
	}
	return 0;
}
