/* Whom gitaly-backup is to call, and what nobody else may learn of it. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "base/alloc.h"
#include "base/js.h"
#include "base/prog.h"
#include "base/text.h"
#include "git/gitaly_backup_servers.h"

#define VARIABLE "GITALY_SERVERS"
#define OMNIBUS_SSL "/opt/gitlab/embedded/ssl/"
#define HIDDEN "[hidden]"

/*
 *	GITALY_SERVERS=base64({"STORAGE":{"address":"..","token":".."},..})
 */

/* An address is "SCHEME:...". */
static const char *const schemes[] = {
    "unix:", "tcp:", "tls:", "dns:", "dns+tls:", NULL};

static int
by_length(const void *a, const void *b)
{
	size_t m = strlen(*(char *const *)a), n = strlen(*(char *const *)b);

	return m < n ? 1 : m > n ? -1 : 0;
}

/* The inside of s as a JSON string, as json-c or, with html, Go writes it. */
static char *
in_json(const char *s, bool html)
{
	json_object *o = json_object_new_string(s);
	struct buf b = {NULL, 0, 0};
	const char *p;

	if (o == NULL)
		errx(PROG_FAILED, "memory: JSON");
	p = json_object_to_json_string_ext(
	    o, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
	for (p++; p[1] != '\0'; p++)
		if (html && strchr("<>&", *p) != NULL)
			buf_printf(&b, "\\u%04x", (unsigned int)*p);
		else
			buf_putc(&b, *p);
	json_object_put(o);
	return b.data != NULL ? buf_take(&b) : xstrdup("");
}

/* Remembers what must not be repeated, in every way it might be written. */
static void
add_secret(struct gitaly_backup_servers *v, const char *s)
{
	char *forms[3];
	size_t i;

	if (s == NULL || *s == '\0')
		return;
	forms[0] = xstrdup(s);
	forms[1] = in_json(s, false);
	forms[2] = in_json(s, true);
	for (i = 0; i < 3; i++) {
		if (!list_has(&v->secrets, forms[i]))
			list_add(&v->secrets, forms[i]);
		free(forms[i]);
	}
}

static char *
encode(const char *s, size_t n)
{
	char *out = xmalloc(n / 3 * 4 + 5);

	EVP_EncodeBlock((unsigned char *)out, (const unsigned char *)s, (int)n);
	return out;
}

/*
 * The JSON in base64, with line ends ignored as Go does; NULL if it is none.
 * The caller frees it.
 */
static char *
decode(const char *s)
{
	struct buf in = {NULL, 0, 0};
	char *out = NULL;
	int n = -1;

	for (; *s != '\0'; s++)
		if (*s != '\r' && *s != '\n')
			buf_putc(&in, *s);
	/* OpenSSL takes spaces and does not check where the padding stands. */
	if (in.len > 0 && in.len % 4 == 0 && in.len < (1 << 24) &&
	    strcspn(in.data, " \t") == in.len) {
		out = xcalloc(1, in.len);
		n = EVP_DecodeBlock((unsigned char *)out,
		    (const unsigned char *)in.data, (int)in.len);
	}
	buf_free(&in);
	if (n > 0)
		return out;
	free(out);
	return NULL;
}

/* Takes names and tokens from the environment's own.  Returns 0 or -1. */
static int
take_given(struct gitaly_backup_servers *v, const char *given)
{
	json_object *o = NULL;
	char *text = decode(given);

	add_secret(v, given);
	if (text != NULL)
		o = json_tokener_parse(text);
	free(text);
	if (!json_object_is_type(o, json_type_object)) {
		json_object_put(o);
		warnx(VARIABLE ": not base64 of a JSON object");
		return -1;
	}
	json_object_object_foreach(o, name, server)
	{
		list_add(&v->names, name);
		if (json_object_is_type(server, json_type_object))
			add_secret(v, js_string(server, "token"));
	}
	json_object_put(o);
	return 0;
}

static int
check_address(const struct site_storage *s)
{
	char *name = text_line(s->name), *address;
	size_t i;

	for (i = 0; s->address != NULL && schemes[i] != NULL; i++)
		if (text_starts(s->address, schemes[i])) {
			free(name);
			return 0;
		}
	if (s->address == NULL || *s->address == '\0') {
		warnx("storage %s: it has no gitaly_address", name);
	} else {
		address = text_line(s->address);
		warnx("storage %s: gitaly_address: %s: its scheme is none of "
		      "unix, tcp, tls, dns, dns+tls",
		    name, address);
		free(address);
	}
	free(name);
	return -1;
}

/* Makes the variable of what the site says.  Returns 0 or -1. */
static int
take_site(struct gitaly_backup_servers *v, const struct site *s)
{
	json_object *all = json_object_new_object(), *one;
	const struct site_storage *t;
	struct buf text = {NULL, 0, 0};
	char *base64;
	int rc = 0;

	for (t = s->storages; t < s->storages + s->n_storages; t++) {
		if (check_address(t) == -1) {
			rc = -1;
			break;
		}
		one = json_object_new_object();
		json_object_object_add(
		    one, "address", json_object_new_string(t->address));
		json_object_object_add(one, "token",
		    json_object_new_string(t->token != NULL ? t->token : ""));
		json_object_object_add(all, t->name, one);
		list_add(&v->names, t->name);
		add_secret(v, t->token);
	}
	if (rc == 0) {
		js_line(&text, all);
		base64 = encode(text.data, text.len);
		list_addf(&v->env, VARIABLE "=%s", base64);
		add_secret(v, base64);
		free(base64);
	}
	json_object_put(all);
	buf_free(&text);
	return rc;
}

/* Omnibus has its own authorities, which its Gitaly's certificate is of. */
static void
add_certificates(struct gitaly_backup_servers *v, const struct site *s)
{
	if (strcmp(s->type, "omnibus") != 0 ||
	    getenv("SSL_CERT_FILE") != NULL || getenv("SSL_CERT_DIR") != NULL)
		return;
	if (access(OMNIBUS_SSL "cert.pem", R_OK) == 0)
		list_add(&v->env, "SSL_CERT_FILE=" OMNIBUS_SSL "cert.pem");
	if (access(OMNIBUS_SSL "certs", R_OK | X_OK) == 0)
		list_add(&v->env, "SSL_CERT_DIR=" OMNIBUS_SSL "certs");
}

int
gitaly_backup_servers_read(
    const struct site *s, struct gitaly_backup_servers *v)
{
	const char *given = getenv(VARIABLE);
	int rc;

	rc = given != NULL && *given != '\0' ? take_given(v, given)
					     : take_site(v, s);
	add_certificates(v, s);
	/* A secret may be the start of another. */
	if (v->secrets.n > 0)
		qsort(v->secrets.v, v->secrets.n, sizeof(*v->secrets.v),
		    by_length);
	return rc;
}

void
gitaly_backup_servers_free(struct gitaly_backup_servers *v)
{
	list_free(&v->env);
	list_free(&v->names);
	list_free(&v->secrets);
}

/* The length of the secret that the n bytes at s start with, or 0. */
static size_t
secret_at(const struct list *secrets, const char *s, size_t n)
{
	size_t i, len;

	for (i = 0; i < secrets->n; i++) {
		len = strlen(secrets->v[i]);
		if (len <= n && memcmp(s, secrets->v[i], len) == 0)
			return len;
	}
	return 0;
}

void
gitaly_backup_mask(const struct gitaly_backup_servers *v, struct buf *out,
    const char *s, size_t n)
{
	const char *end = s + n;
	size_t len;

	while (s < end) {
		len = secret_at(&v->secrets, s, (size_t)(end - s));
		if (len > 0)
			buf_puts(out, HIDDEN);
		else
			buf_putc(out, *s);
		s += len > 0 ? len : 1;
	}
}
