/* Unit tests of lib/gcp/jwt.c: base64url, keys, signatures. */
/* SPDX-License-Identifier: MIT */
#undef NDEBUG
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/alloc.h"
#include "gcp/jwt.h"
#include "gcp/secret.h"

/* The examples of RFC 4648, and the two digits that are other ones. */
static void
test_base64url(void)
{
	static const char *const cases[][2] = {{"", ""}, {"f", "Zg"},
	    {"fo", "Zm8"}, {"foo", "Zm9v"}, {"foob", "Zm9vYg"},
	    {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"},
	    {"\xfb\xff\xfe", "-__-"}, {"\xff", "_w"}};
	struct buf b = {NULL, 0, 0};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_reset(&b);
		jwt_base64url(&b, cases[i][0], strlen(cases[i][0]));
		assert(strcmp(buf_str(&b), cases[i][1]) == 0);
	}
	buf_free(&b);
}

/* pkey in PEM, for the caller to free; with a cipher encrypted. */
static char *
pem_of(EVP_PKEY *pkey, const EVP_CIPHER *cipher)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char pass[] = "secret", *data, *copy;
	long n;

	assert(PEM_write_bio_PKCS8PrivateKey(
		   bio, pkey, cipher, pass, 6, NULL, NULL) == 1);
	n = BIO_get_mem_data(bio, &data);
	copy = xstrndup(data, (size_t)n);
	BIO_free(bio);
	return copy;
}

/* Asserts that pem is refused for that reason; frees it. */
static void
refused(char *pem, const char *want)
{
	const char *why = NULL;

	assert(jwt_key(pem, &why) == NULL);
	assert(strcmp(why, want) == 0);
	free(pem);
}

static void
test_keys(EVP_PKEY *rsa)
{
	EVP_PKEY *ec = EVP_EC_gen("P-256");
	char *cut = pem_of(rsa, NULL);

	cut[strlen(cut) / 2] = '\0';
	refused(cut, "not a private key in PEM");
	refused(xstrdup(""), "not a private key in PEM");
	refused(xstrdup("-----BEGIN PRIVATE KEY-----\n"),
	    "not a private key in PEM");
	refused(pem_of(ec, NULL), "not an RSA key");
	refused(pem_of(rsa, EVP_aes_128_cbc()), "an encrypted key");
	EVP_PKEY_free(ec);
	jwt_key_free(NULL);
}

/* n digits of base64url at s, decoded; returns how many bytes. */
static size_t
decode(const char *s, size_t n, unsigned char *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789-_";
	unsigned int v = 0, bits = 0;
	size_t i, len = 0;

	for (i = 0; i < n; i++) {
		assert(strchr(digits, s[i]) != NULL);
		v = v << 6 | (unsigned int)(strchr(digits, s[i]) - digits);
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			out[len++] = (unsigned char)(v >> bits);
		}
	}
	out[len] = '\0';
	return len;
}

/* Asserts the parts of a token, and that pkey has signed it. */
static void
check(const char *jwt, EVP_PKEY *pkey, const char *header, const char *claims)
{
	const char *dot = strchr(jwt, '.'), *end = strrchr(jwt, '.');
	EVP_MD_CTX *m = EVP_MD_CTX_new();
	unsigned char out[1024];
	size_t n;

	decode(jwt, (size_t)(dot - jwt), out);
	assert(strcmp((char *)out, header) == 0);
	decode(dot + 1, (size_t)(end - dot - 1), out);
	assert(strcmp((char *)out, claims) == 0);
	n = decode(end + 1, strlen(end + 1), out);
	assert(EVP_DigestVerifyInit(m, NULL, EVP_sha256(), NULL, pkey) == 1);
	assert(EVP_DigestVerify(m, out, n, (const unsigned char *)jwt,
		   (size_t)(end - jwt)) == 1);
	EVP_MD_CTX_free(m);
}

static void
test_sign(EVP_PKEY *rsa)
{
	struct jwt_claims c = {"k1", "a@b", NULL, "https://t/", "s", 100};
	char *pem = pem_of(rsa, NULL), *jwt;
	const char *why;
	struct jwt_key *k = jwt_key(pem, &why);

	assert(k != NULL);
	jwt = jwt_sign(k, &c);
	check(jwt, rsa, "{\"typ\":\"JWT\",\"alg\":\"RS256\",\"kid\":\"k1\"}",
	    "{\"iss\":\"a@b\",\"aud\":\"https://t/\",\"scope\":\"s\","
	    "\"iat\":100,\"exp\":3700}");
	secret_free(jwt);
	c.kid = NULL;
	c.sub = "a@b";
	c.aud = NULL;
	jwt = jwt_sign(k, &c);
	check(jwt, rsa, "{\"typ\":\"JWT\",\"alg\":\"RS256\"}",
	    "{\"iss\":\"a@b\",\"sub\":\"a@b\",\"scope\":\"s\","
	    "\"iat\":100,\"exp\":3700}");
	secret_free(jwt);
	jwt_key_free(k);
	free(pem);
}

int
main(void)
{
	EVP_PKEY *rsa = EVP_RSA_gen(2048);

	test_base64url();
	test_keys(rsa);
	test_sign(rsa);
	EVP_PKEY_free(rsa);
	return 0;
}
