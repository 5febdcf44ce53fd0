/* The repositories that gitaly-backup has been told, and not answered yet. */
/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "git/gitaly_backup_sent.h"

#define BUCKETS 4096

struct sent {
	struct sent *next;
	char *path; /* in names, behind the storage */
	char names[];
};

struct gitaly_backup_sent {
	size_t n;
	size_t at; /* no bucket before this one holds any; for _any() */
	struct sent *bucket[BUCKETS];
};

struct gitaly_backup_sent *
gitaly_backup_sent_new(void)
{
	return xcalloc(1, sizeof(struct gitaly_backup_sent));
}

/* FNV-1a over both names. */
static size_t
bucket_of(const char *storage, const char *path)
{
	uint32_t h = 2166136261u;

	for (; *storage != '\0'; storage++)
		h = (h ^ (unsigned char)*storage) * 16777619u;
	for (; *path != '\0'; path++)
		h = (h ^ (unsigned char)*path) * 16777619u;
	return h % BUCKETS;
}

/* Where the one of these names hangs, or would. */
static struct sent **
find(struct gitaly_backup_sent *s, size_t b, const char *storage,
    const char *path)
{
	struct sent **p = &s->bucket[b];

	while (*p != NULL &&
	    (strcmp((*p)->names, storage) != 0 ||
		strcmp((*p)->path, path) != 0))
		p = &(*p)->next;
	return p;
}

int
gitaly_backup_sent_add(
    struct gitaly_backup_sent *s, const char *storage, const char *path)
{
	size_t b = bucket_of(storage, path), n = strlen(storage) + 1;
	struct sent **p = find(s, b, storage, path);

	if (*p != NULL)
		return -1;
	*p = xcalloc(1, sizeof(**p) + n + strlen(path) + 1);
	(*p)->path = (*p)->names + n;
	memcpy((*p)->names, storage, n);
	memcpy((*p)->path, path, strlen(path) + 1);
	s->n++;
	if (b < s->at)
		s->at = b;
	return 0;
}

/* Takes the one at *p out. */
static void
drop(struct gitaly_backup_sent *s, struct sent **p)
{
	struct sent *e = *p;

	*p = e->next;
	free(e);
	s->n--;
}

int
gitaly_backup_sent_remove(
    struct gitaly_backup_sent *s, const char *storage, const char *path)
{
	struct sent **p = find(s, bucket_of(storage, path), storage, path);

	if (*p == NULL)
		return -1;
	drop(s, p);
	return 0;
}

size_t
gitaly_backup_sent_count(const struct gitaly_backup_sent *s)
{
	return s->n;
}

int
gitaly_backup_sent_any(
    struct gitaly_backup_sent *s, char **storage, char **path)
{
	if (s->n == 0)
		return 0;
	while (s->bucket[s->at] == NULL)
		s->at++;
	*storage = xstrdup(s->bucket[s->at]->names);
	*path = xstrdup(s->bucket[s->at]->path);
	drop(s, &s->bucket[s->at]);
	return 1;
}

void
gitaly_backup_sent_free(struct gitaly_backup_sent *s)
{
	size_t i;

	for (i = 0; s != NULL && i < BUCKETS; i++)
		while (s->bucket[i] != NULL)
			drop(s, &s->bucket[i]);
	free(s);
}
