/* The devices that a restore writes to: their room, and what is mounted. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/num.h"
#include "base/prog.h"
#include "room.h"
#include "site/path.h"
#include "tar/top.h"

char *
room_existing(const char *path)
{
	char *p = xstrdup(path), *up;
	struct stat st;

	while (stat(p, &st) == -1 && strcmp(p, "/") != 0) {
		up = path_parent(p);
		free(p);
		p = up;
	}
	return p;
}

/* The topmost directory on path's device, where that is mounted; to be freed.
 */
static char *
mount_of(const char *path, dev_t dev)
{
	char *at = realpath(path, NULL), *up;
	struct stat st;

	if (at == NULL)
		return xstrdup(path);
	while (strcmp(at, "/") != 0) {
		up = path_parent(at);
		if (stat(up, &st) == -1 || st.st_dev != dev) {
			free(up);
			break;
		}
		free(at);
		at = up;
	}
	return at;
}

struct room *
room_of(struct rooms *l, const char *path)
{
	struct statvfs fs;
	struct stat st;
	size_t i;

	if (stat(path, &st) == -1 || statvfs(path, &fs) == -1)
		return NULL;
	for (i = 0; i < l->n; i++)
		if (l->v[i].dev == st.st_dev)
			return &l->v[i];
	l->v = xreallocarray(l->v, l->n + 1, sizeof(*l->v));
	l->v[l->n] = (struct room){.dev = st.st_dev,
	    .free = (geteuid() == 0 ? fs.f_bfree : fs.f_bavail) * fs.f_frsize,
	    .mount = mount_of(path, st.st_dev)};
	return &l->v[l->n++];
}

/* What is there stays until all that comes has come. */
void
room_judge(const struct rooms *l, struct problems *p)
{
	char need[16], have[16];
	size_t i;

	for (i = 0; i < l->n; i++) {
		if (l->v[i].needed <= l->v[i].free)
			continue;
		num_human(l->v[i].needed, need, sizeof(need));
		num_human(l->v[i].free, have, sizeof(have));
		problems_add(p, PROG_FAILED, l->v[i].mount,
		    "%s come and %s are free", need, have);
	}
}

void
room_free(struct rooms *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		free(l->v[i].mount);
	free(l->v);
	*l = (struct rooms){NULL, 0};
}

void
room_way(const struct site_kind *k, struct problems *p)
{
	const char *why = NULL;
	struct stat st;
	int fd = tar_top_open(k->dir);

	if (fd != -1)
		close(fd);
	else if (errno == ENOTDIR)
		why = "not a directory";
	else if (errno == EXDEV)
		why = "another user's link to what is not that user's";
	else if (errno != ENOENT)
		why = strerror(errno);
	else if (lstat(k->dir, &st) == 0)
		why = "a link that leads nowhere";
	if (why != NULL)
		problems_add(p, PROG_FAILED, k->id, "%s: %s", k->dir, why);
}

/* "\040" and the like stand for blanks in a line of mountinfo. */
static void
unescape(char *s)
{
	char *to = s;

	for (; *s != '\0'; s++, to++) {
		*to = *s;
		if (s[0] != '\\' || strspn(s + 1, "01234567") < 3)
			continue;
		*to = (char)((s[1] - '0') * 64 + (s[2] - '0') * 8 + s[3] - '0');
		s += 3;
	}
	*to = '\0';
}

bool
room_left_alone(const struct site_kind *k, const char *below)
{
	size_t n = strcspn(below, "/");

	return (n == strlen("lost+found") &&
		   strncmp(below, "lost+found", n) == 0) ||
	    (k->exclude != NULL && n == strlen(k->exclude) &&
		strncmp(below, k->exclude, n) == 0);
}

void
room_mounts(const struct site_kind *k, struct problems *p)
{
	char *dir = realpath(k->dir, NULL), *line = NULL, *point, *rest;
	size_t size = 0, n;
	FILE *f;
	int i;

	f = dir != NULL ? fopen("/proc/self/mountinfo", "re") : NULL;
	n = dir != NULL ? strlen(dir) : 0;
	/* ID, parent, device, root, mount point. */
	while (f != NULL && getline(&line, &size, f) != -1) {
		rest = line;
		for (i = 0, point = NULL; i < 5 && rest != NULL; i++)
			point = strsep(&rest, " ");
		if (point == NULL || rest == NULL)
			continue;
		unescape(point);
		if (strncmp(point, dir, n) == 0 && point[n] == '/' &&
		    !room_left_alone(k, point + n + 1))
			problems_add(p, PROG_FAILED, k->id,
			    "%s is a mount point, which cannot be moved aside "
			    "(--existing=merge)",
			    point);
	}
	if (f != NULL)
		fclose(f);
	free(line);
	free(dir);
}
