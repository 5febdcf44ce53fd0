/* Places in buckets: BUCKET[/PREFIX], and where a backup's objects lie. */
/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>

#include <ctype.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "gcp/location.h"

#define LABEL_MAX 63 /* of a bucket's name, between dots */
#define BUCKET_MAX 222
#define PREFIX_MAX 500 /* of the 1024 bytes that an object's name may have */

/* One part of a bucket's name, n bytes between dots. */
static bool
label_ok(const char *s, size_t n)
{
	size_t i;

	if (n == 0 || n > LABEL_MAX || s[0] == '-' || s[n - 1] == '-')
		return false;
	for (i = 0; i < n; i++)
		if (!islower((unsigned char)s[i]) &&
		    !isdigit((unsigned char)s[i]) && s[i] != '-' && s[i] != '_')
			return false;
	return true;
}

static bool
bucket_ok(const char *s)
{
	size_t n = strlen(s), len;
	struct in_addr address;

	if (n < 3 || n > BUCKET_MAX || s[0] == '_' || s[n - 1] == '_' ||
	    inet_pton(AF_INET, s, &address) == 1)
		return false;
	for (;; s += len + 1) {
		len = strcspn(s, ".");
		if (!label_ok(s, len))
			return false;
		if (s[len] == '\0')
			return true;
	}
}

/* What is wrong with the text of a prefix, or NULL. */
static const char *
prefix_wrong(const char *s)
{
	const char *p;
	size_t n, len;

	if (strlen(s) > PREFIX_MAX)
		return "its prefix is too long";
	for (p = s; *p != '\0'; p += n) {
		n = text_utf8(p, strlen(p));
		if (n == 0)
			return "its prefix is not UTF-8";
		if (n == 1 && iscntrl((unsigned char)*p))
			return "its prefix has a control character in it";
	}
	for (p = s;; p += len + 1) {
		len = strcspn(p, "/");
		if (strspn(p, ".") >= len)
			return "its prefix has a part that is empty or of dots "
			       "only";
		if (p[len] == '\0')
			return NULL;
	}
}

const char *
location_parse(const char *text, struct location *l)
{
	size_t n = strcspn(text, "/");
	char *bucket = xstrndup(text, n);
	const char *wrong = NULL;

	if (!bucket_ok(bucket))
		wrong = "not BUCKET or BUCKET/PREFIX with the name of a bucket";
	else if (text[n] == '/')
		wrong = prefix_wrong(text + n + 1);
	if (wrong != NULL) {
		free(bucket);
		return wrong;
	}
	l->bucket = bucket;
	l->path = text[n] == '/' ? xasprintf("%s/", text + n + 1) : xstrdup("");
	return NULL;
}

int
location_read(
    const char *option, const char *text, bool whole, struct location *l)
{
	const char *wrong;

	if (text == NULL) {
		warnx("--%s is needed", option);
		return -1;
	}
	if (whole && strchr(text, '/') != NULL)
		wrong = "must be a bucket alone: the id tells the rest";
	else
		wrong = location_parse(text, l);
	if (wrong != NULL)
		warnx("--%s: %s: %s", option, text, wrong);
	return wrong != NULL ? -1 : 0;
}

struct location
location_of(const char *bucket, const char *path)
{
	struct location l;

	l.bucket = xstrdup(bucket);
	l.path = xstrdup(path != NULL ? path : "");
	return l;
}

struct location
location_below(const struct location *l, const char *id, const char *kind)
{
	struct location below;

	below.bucket = xstrdup(l->bucket);
	below.path = xasprintf("%sbackups/%s/%s/", l->path, id, kind);
	return below;
}

bool
location_kind(const char *path, char **kind)
{
	const char *id, *k;
	size_t n;

	if (!text_starts(path, "backups/"))
		return false;
	id = path + strlen("backups/");
	n = strcspn(id, "/");
	k = id + n + 1;
	if (n == 0 || id[n] == '\0')
		return false;
	n = strcspn(k, "/");
	if (n == 0 || strcmp(k + n, "/") != 0)
		return false;
	*kind = xstrndup(k, n);
	return true;
}

bool
location_same(const struct location *a, const struct location *b)
{
	return strcmp(a->bucket, b->bucket) == 0 &&
	    strcmp(a->path, b->path) == 0;
}

bool
location_overlap(const struct location *a, const struct location *b)
{
	return strcmp(a->bucket, b->bucket) == 0 &&
	    (text_starts(a->path, b->path) || text_starts(b->path, a->path));
}

char *
location_url(const struct location *l)
{
	return xasprintf("gs://%s/%s", l->bucket, l->path);
}

void
location_free(struct location *l)
{
	free(l->bucket);
	free(l->path);
	l->bucket = NULL;
	l->path = NULL;
}
