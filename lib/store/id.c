/* What backups are called, and where they lie in the backup path. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <ctype.h>
#include <err.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "store/catalog.h"
#include "store/id.h"

char *
id_make(time_t t, const char *gitlab_version)
{
	char date[32];
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(date, sizeof(date), "%Y_%m_%d", &tm);
	return xasprintf("%lld_%s_%s", (long long)t, date, gitlab_version);
}

const char *
id_wrong(const char *id)
{
	const char *s;
	size_t n;

	if (*id == '\0')
		return "is empty";
	if (strlen(id) > NAME_MAX - strlen("..partial"))
		return "is too long";
	if (*id == '.')
		return "starts with a dot";
	for (s = id; *s != '\0'; s++) {
		if (*s == '/')
			return "has a slash in it";
		if (iscntrl((unsigned char)*s))
			return "has a control character in it";
	}
	for (s = id; *s != '\0'; s += n)
		if ((n = text_utf8(s, strlen(s))) == 0)
			return "is not UTF-8";
	if (strcmp(id, "latest") == 0)
		return "means the latest backup";
	if (catalog_left_behind(id))
		return "looks like a directory that the original works in";
	return NULL;
}

char *
id_partial(const char *backup_path, const char *id)
{
	return xasprintf("%s/.%s.partial", backup_path, id);
}

/* A path given instead of an id: any directory will do. */
static char *
find_path(const char *path)
{
	char *real = realpath(path, NULL);
	struct stat st;

	if (real == NULL || stat(real, &st) == -1) {
		warn("%s", path);
	} else if (!S_ISDIR(st.st_mode)) {
		warnx("%s: not a directory", path);
	} else {
		return real;
	}
	free(real);
	return NULL;
}

static int
matches(const char *id, const struct catalog_entry *e, int exact)
{
	if (e->state == CATALOG_UNFINISHED)
		return 0;
	return exact ? strcmp(e->id, id) == 0 : text_starts(e->id, id);
}

char *
id_find(const char *backup_path, const char *id)
{
	const struct catalog_entry *found = NULL;
	struct catalog c;
	char *path = NULL;
	size_t i, n = 0;
	int exact;

	if (strchr(id, '/') != NULL)
		return find_path(id);
	if (catalog_read(backup_path, &c) != 0)
		goto out;
	for (exact = 1; exact >= 0 && n == 0; exact--)
		for (i = 0; i < c.n; i++)
			if (*id != '\0' && matches(id, &c.v[i], exact)) {
				found = &c.v[i];
				n++;
			}
	if (n == 0 && strcmp(id, "latest") == 0)
		for (i = 0; i < c.n; i++)
			if (c.v[i].state != CATALOG_UNFINISHED &&
			    c.v[i].state != CATALOG_DAMAGED &&
			    c.v[i].state != CATALOG_UNREADABLE) {
				found = &c.v[i];
				n = 1;
			}
	if (n == 1)
		path = xstrdup(found->path);
	else if (n == 0)
		warnx("%s: no such backup in %s", id, backup_path);
	else
		warnx("%s: %zu backups in %s start so", id, n, backup_path);
out:
	catalog_free(&c);
	return path;
}
