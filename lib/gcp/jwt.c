/* Signed claims of a service account: RS256, by OpenSSL. */
/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/alloc.h"
#include "base/js.h"
#include "gcp/jwt.h"
#include "gcp/secret.h"

#define HOUR 3600
#define LONGEST 8192 /* what a token needs at most, so that it never moves */

struct jwt_key {
	EVP_PKEY *pkey;
};

/* Or OpenSSL would ask at the terminal. */
static int
no_passphrase(char *buf, int size, int writing, void *arg)
{
	(void)buf;
	(void)size;
	(void)writing;
	*(int *)arg = 1;
	return 0;
}

struct jwt_key *
jwt_key(const char *pem, const char **why)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	struct jwt_key *k = NULL;
	EVP_PKEY *pkey = NULL;
	int asked = 0;

	if (bio != NULL)
		pkey =
		    PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, &asked);
	BIO_free(bio);
	ERR_clear_error();
	if (pkey == NULL) {
		*why = asked ? "an encrypted key" : "not a private key in PEM";
	} else if (EVP_PKEY_base_id(pkey) != EVP_PKEY_RSA) {
		*why = "not an RSA key";
		EVP_PKEY_free(pkey);
	} else {
		k = xcalloc(1, sizeof(*k));
		k->pkey = pkey;
	}
	return k;
}

void
jwt_key_free(struct jwt_key *k)
{
	if (k == NULL)
		return;
	EVP_PKEY_free(k->pkey);
	free(k);
}

void
jwt_base64url(struct buf *out, const void *p, size_t n)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789-_";
	const unsigned char *s = p;
	unsigned int v, k;
	size_t i, m;

	for (i = 0; i < n; i += 3) {
		m = n - i < 3 ? n - i : 3;
		v = (unsigned int)s[i] << 16;
		if (m > 1)
			v |= (unsigned int)s[i + 1] << 8;
		if (m > 2)
			v |= s[i + 2];
		for (k = 0; k <= m; k++)
			buf_putc(out, digits[v >> (18 - 6 * k) & 63]);
	}
}

/* Appends o in base64url and frees it. */
static void
add_part(struct buf *out, json_object *o)
{
	struct buf line = {NULL, 0, 0};

	js_line(&line, o);
	jwt_base64url(out, line.data, line.len);
	buf_free(&line);
	json_object_put(o);
}

static void
add_header(struct buf *out, const struct jwt_claims *c)
{
	json_object *o = json_object_new_object();

	js_put_text(o, "typ", "JWT");
	js_put_text(o, "alg", "RS256");
	if (c->kid != NULL && *c->kid != '\0')
		js_put_text(o, "kid", c->kid);
	add_part(out, o);
}

static void
add_claims(struct buf *out, const struct jwt_claims *c)
{
	json_object *o = json_object_new_object();

	js_put_text(o, "iss", c->iss);
	if (c->sub != NULL)
		js_put_text(o, "sub", c->sub);
	if (c->aud != NULL)
		js_put_text(o, "aud", c->aud);
	js_put_text(o, "scope", c->scope);
	js_put_number(o, "iat", (uint64_t)c->iat);
	js_put_number(o, "exp", (uint64_t)(c->iat + HOUR));
	add_part(out, o);
}

/* Appends the signature of what is in out.  Returns 0, or -1. */
static int
add_signature(struct buf *out, EVP_PKEY *pkey)
{
	const unsigned char *text = (const unsigned char *)out->data;
	EVP_MD_CTX *m = EVP_MD_CTX_new();
	unsigned char sig[2048]; /* of a key of 16384 bits */
	size_t n = sizeof(sig);
	int rc = -1;

	if (m != NULL && EVP_PKEY_size(pkey) <= (int)sizeof(sig) &&
	    EVP_DigestSignInit(m, NULL, EVP_sha256(), NULL, pkey) == 1 &&
	    EVP_DigestSign(m, sig, &n, text, out->len) == 1) {
		buf_putc(out, '.');
		jwt_base64url(out, sig, n);
		rc = 0;
	}
	EVP_MD_CTX_free(m);
	explicit_bzero(sig, sizeof(sig));
	ERR_clear_error();
	return rc;
}

char *
jwt_sign(struct jwt_key *k, const struct jwt_claims *c)
{
	struct buf out = {NULL, 0, 0};

	buf_reserve(&out, LONGEST);
	add_header(&out, c);
	buf_putc(&out, '.');
	add_claims(&out, c);
	if (add_signature(&out, k->pkey) == 0)
		return buf_take(&out);
	secret_buf_free(&out);
	return NULL;
}
