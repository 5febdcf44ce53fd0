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
 * at an address that hashes to the same value.  The hash is CRC-32C: among the
 * STEPS addresses behind each multiple of 2 GiB there is every value once.
 */
#define STEP ((uintptr_t)65536)
#define STEPS 32768
#define HASH_MASK (STEPS - 1)

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

static uint32_t
address_hash(uintptr_t address)
{
	uint32_t crc = (uint32_t)(address / STEP);
	int i;

	for (i = 0; i < 32; i++)
		crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
	return crc & HASH_MASK;
}

/*
 * Maps size bytes at an address that hashes to 0: reserves addresses, which
 * costs no memory, until they hold all of some 2 GiB, and gives the rest back.
 */
static void *
map_at_hash_0(size_t size)
{
	size_t reserved = 2 * STEPS * STEP + size;
	uintptr_t start, at;
	void *p;

	p = mmap(NULL, reserved, PROT_NONE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		err(PROG_FAILED, "memory: 4 GiB of addresses");
	start = (uintptr_t)p;
	at = (start + STEP - 1) / STEP * STEP;
	while (address_hash(at) != 0)
		at += STEP;
	p = mmap((void *)at, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	if (p == MAP_FAILED)
		err(PROG_FAILED, "memory");
	if (at > start)
		munmap((void *)start, at - start);
	munmap((void *)(at + size), start + reserved - at - size);
	return p;
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
