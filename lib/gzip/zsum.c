/* The CRC-32 of gzip, by whichever library is here and fast. */
/* SPDX-License-Identifier: MIT */
#ifdef GLB_ISAL
#include <isa-l.h>
#endif
#include <zlib.h>

#include "gzip/zsum.h"

uint32_t
zsum_add(uint32_t sum, const unsigned char *p, size_t n)
{
#ifdef GLB_ISAL
	return crc32_gzip_refl(sum, p, n);
#else
	return (uint32_t)crc32_z(sum, p, n);
#endif
}

uint32_t
zsum_join(uint32_t first, uint32_t second, size_t n)
{
	return (uint32_t)crc32_combine(first, second, (off_t)n);
}
