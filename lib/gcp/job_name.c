/* What transfer jobs are called. */
/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/text.h"
#include "gcp/job_name.h"

#define DIGITS 12
#define KIND_MAX 64 /* the service takes names of 128 bytes */

/* Each field with its NUL, so that no two lists of fields look the same. */
static void
digits(const struct job_key *key, char hex[HASH_HEX])
{
	const char *fields[6];
	struct hash *h = hash_new();
	size_t i;

	fields[0] = key->instance;
	fields[1] = key->project;
	fields[2] = key->source.bucket;
	fields[3] = key->source.path;
	fields[4] = key->sink.bucket;
	fields[5] = key->sink.path;
	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		hash_add(h, fields[i], strlen(fields[i]) + 1);
	hash_end(h, hex);
	hash_free(h);
	hex[DIGITS] = '\0';
}

/* Names that start with OPI are those of transfers from file systems. */
static char *
fold(const char *kind)
{
	char *s = xasprintf("%s%.*s", text_starts(kind, "OPI") ? "x-" : "",
		 KIND_MAX, kind),
	     *p;

	for (p = s; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p) && strchr("-._~", *p) == NULL)
			*p = '-';
	return s;
}

char *
job_name(const struct job_key *key, unsigned int n)
{
	char hex[HASH_HEX], *kind = fold(key->kind), *base, *name;

	if (key->compat) {
		base = xasprintf("transferJobs/%s-%s", kind, key->verb);
	} else {
		digits(key, hex);
		base = xasprintf(
		    "transferJobs/glb-%s-%s-%s", kind, key->verb, hex);
	}
	name = n > 1 ? xasprintf("%s-%u", base, n) : xstrdup(base);
	free(base);
	free(kind);
	return name;
}
