/* SHA-256, and git's SHA-1, by OpenSSL. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <stdlib.h>

#include <openssl/evp.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/prog.h"

struct hash {
	EVP_MD_CTX *ctx;
};

/* OpenSSL fails here only for want of memory, which is fatal. */
static void
must(int ok)
{
	if (!ok)
		errx(PROG_FAILED, "hash: OpenSSL failed");
}

static struct hash *
start(const EVP_MD *md)
{
	struct hash *h = xcalloc(1, sizeof(*h));

	h->ctx = EVP_MD_CTX_new();
	must(h->ctx != NULL && EVP_DigestInit_ex(h->ctx, md, NULL));
	return h;
}

struct hash *
hash_new(void)
{
	return start(EVP_sha256());
}

struct hash *
hash_new_sha1(void)
{
	return start(EVP_sha1());
}

void
hash_add(struct hash *h, const void *p, size_t n)
{
	must(EVP_DigestUpdate(h->ctx, p, n));
}

void
hash_end(struct hash *h, char hex[HASH_HEX])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned int i, n;

	must(EVP_DigestFinal_ex(h->ctx, md, &n));
	/* Not by printf: a list of a million repositories has two of these
	 * each. */
	for (i = 0; i < n; i++) {
		*hex++ = digits[md[i] >> 4];
		*hex++ = digits[md[i] & 15];
	}
	*hex = '\0';
	/* The same again, without looking for it anew. */
	must(EVP_DigestInit_ex(h->ctx, NULL, NULL));
}

void
hash_free(struct hash *h)
{
	if (h == NULL)
		return;
	EVP_MD_CTX_free(h->ctx);
	free(h);
}

void
hash_bytes(const void *p, size_t n, char hex[HASH_HEX])
{
	struct hash *h = hash_new();

	hash_add(h, p, n);
	hash_end(h, hex);
	hash_free(h);
}
