/* Signed claims of a service account: RS256, by OpenSSL. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_JWT_H
#define GLB_JWT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct jwt_key;

/*
 * Reads a private RSA key in PEM.  Returns what jwt_key_free() frees, or NULL
 * with *why saying what is wrong (silent; a constant).
 */
struct jwt_key *jwt_key(const char *pem, const char **why);
void jwt_key_free(struct jwt_key *k);

struct jwt_claims {
	const char *kid; /* NULL or "": none */
	const char *iss;
	const char *sub; /* NULL: none */
	const char *aud; /* NULL: none */
	const char *scope;
	int64_t iat; /* seconds since the epoch; valid for an hour */
};

/* The signed token, for secret_free(); NULL if it could not be signed. */
char *jwt_sign(struct jwt_key *k, const struct jwt_claims *c);

/* Appends n bytes in base64url without padding. */
void jwt_base64url(struct buf *out, const void *p, size_t n);

#endif
