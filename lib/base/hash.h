/* SHA-256, and git's SHA-1, by OpenSSL. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_HASH_H
#define GLB_HASH_H

#include <stddef.h>

#define HASH_HEX 65 /* 64 hexadecimal digits and a NUL */

struct hash;

/* A fresh SHA-256; free with hash_free(). */
struct hash *hash_new(void);

/* The same of SHA-1, whose 40 digits hash_end() writes. */
struct hash *hash_new_sha1(void);

/* Adds n bytes. */
void hash_add(struct hash *h, const void *p, size_t n);

/* Writes the sum in lower case into hex and starts afresh. */
void hash_end(struct hash *h, char hex[HASH_HEX]);

/* Frees h, which may be NULL. */
void hash_free(struct hash *h);

/* The sum of n bytes at p in one call. */
void hash_bytes(const void *p, size_t n, char hex[HASH_HEX]);

#endif
