/* ISA-L's compressor, where there is one. */
/* SPDX-License-Identifier: MIT */
#include "gzip/zfast.h"

#ifdef GLB_ISAL
#include <sys/mman.h>

#include <err.h>
#include <stdint.h>
#include <stdlib.h>

#include <isa-l.h>

#include "base/alloc.h"
#include "base/prog.h"

#define LEVELS 3

/*
 * Equal input must give equal output, but ISA-L 2.30, at the third byte of its
 * input, takes a hash of its state's address, without the lower 16 bits, for
 * one of the data.  A few blocks in ten thousand come out otherwise (right, but
 * otherwise) if the hash of the address is another one.  So every state lies
 * at an address that hashes to 0.  The hash is 15 bits of a CRC-32C that begins
 * with 0, so that the difference (xor) of two such addresses is one, too, and
 * these give 1023 of them: half in the 2 TiB behind the first 4 GiB, where
 * neither programs nor libraries lie, half behind what sanitizers keep there.
 */
#define STEP ((uintptr_t)65536)
static const uint32_t hash_0[] = {0x00011b05, 0x0002360a, 0x00046c14,
    0x00080ee3, 0x00101dc6, 0x00203b8c, 0x00401740, 0x00802e80, 0x01003d58,
    0x20007535};
#define N_HASH_0 (sizeof(hash_0) / sizeof(hash_0[0]))

/*
 * Room for the tokens of one deflate block.  Half of what ISA-L proposes: more
 * blocks fit what they hold better, and more of it stays in the cache.
 */
static const uint32_t level_size[LEVELS + 1] = {
    0, ISAL_DEF_LVL1_MEDIUM, ISAL_DEF_LVL2_MEDIUM, ISAL_DEF_LVL3_MEDIUM};

struct zfast {
	struct isal_zstream *z;
	unsigned char *level_buf;
};

/* Maps size bytes at the first address that hashes to 0 and is free. */
static void *
map_at_hash_0(size_t size)
{
	uintptr_t at;
	unsigned k, i;
	void *p;

	for (k = 1; k < 1U << N_HASH_0; k++) {
		at = 0;
		for (i = 0; i < N_HASH_0; i++)
			if ((k >> i & 1) != 0)
				at ^= hash_0[i] * STEP;
		p = mmap((void *)at, size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
		if (p == (void *)at)
			return p;
		/* An old kernel takes the address as a wish. */
		if (p != MAP_FAILED)
			munmap(p, size);
	}
	errx(PROG_FAILED, "memory: no place for ISA-L's state");
}

/* What is mapped are whole pages. */
static size_t
state_size(void)
{
	return (sizeof(struct isal_zstream) + STEP - 1) / STEP * STEP;
}

struct zfast *
zfast_new(int level)
{
	struct zfast *f;

	if (level > LEVELS)
		return NULL;
	f = xcalloc(1, sizeof(*f));
	f->z = map_at_hash_0(state_size());
	isal_deflate_init(f->z);
	f->level_buf = xcalloc(1, level_size[level]);
	f->z->level = (uint32_t)level;
	f->z->level_buf = f->level_buf;
	f->z->level_buf_size = level_size[level];
	f->z->flush = FULL_FLUSH;
	return f;
}

void
zfast_free(struct zfast *f)
{
	if (f == NULL)
		return;
	munmap(f->z, state_size());
	free(f->level_buf);
	free(f);
}

size_t
zfast_pack(struct zfast *f, unsigned char *in, size_t n, unsigned char *out,
    size_t room)
{
	isal_deflate_reset(f->z);
	f->z->next_in = in;
	f->z->avail_in = (uint32_t)n;
	f->z->next_out = out;
	f->z->avail_out = (uint32_t)room;
	if (isal_deflate(f->z) != COMP_OK || f->z->avail_in != 0)
		return 0;
	return f->z->avail_out;
}
#else
struct zfast *
zfast_new(int level)
{
	(void)level;
	return NULL;
}

void
zfast_free(struct zfast *f)
{
	(void)f;
}

size_t
zfast_pack(struct zfast *f, unsigned char *in, size_t n, unsigned char *out,
    size_t room)
{
	(void)f, (void)in, (void)n, (void)out, (void)room;
	return 0;
}
#endif
