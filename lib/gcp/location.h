/* Places in buckets: BUCKET[/PREFIX], and where a backup's objects lie. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_LOCATION_H
#define GLB_LOCATION_H

#include <stdbool.h>

/*
 * All objects of bucket whose names start with path, which is "" or ends in
 * "/".  Both belong to it.  Zeroed, it is no place.
 */
struct location {
	char *bucket;
	char *path;
};

/*
 * Reads "BUCKET" or "BUCKET/PREFIX" into l: a name that Cloud Storage would
 * give a bucket, and a prefix that GitLab takes, without a slash at its end or
 * a part that is empty or of dots only.  Returns NULL, or what is wrong with
 * text; l is then untouched.
 */
const char *location_parse(const char *text, struct location *l);

/*
 * location_parse() of the argument of --OPTION; with whole it must be a bucket
 * alone.  Returns 0, or -1 after a warning.
 */
int location_read(
    const char *option, const char *text, bool whole, struct location *l);

/* A location of these two; path may be NULL for "". */
struct location location_of(const char *bucket, const char *path);

/* Where the objects of a kind lie in backup id: "backups/ID/KIND/" below l. */
struct location location_below(
    const struct location *l, const char *id, const char *kind);

/* Is path "backups/ID/KIND/"?  Then *kind is KIND, which the caller frees. */
bool location_kind(const char *path, char **kind);

/* The same bucket and path. */
bool location_same(const struct location *a, const struct location *b);

/* The same bucket, and one of the two paths inside the other, or both one. */
bool location_overlap(const struct location *a, const struct location *b);

/* "gs://BUCKET/PATH", which the caller frees. */
char *location_url(const struct location *l);

void location_free(struct location *l);

#endif
