/* Whether objects are there, without asking git. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"
#include "git/packfile.h"
#include "git/present.h"
#include "git/refdirs.h"

#define PACKS_MAX 16 /* each is two open files; git makes one of 50 */

struct packs {
	struct packfile v[PACKS_MAX];
	size_t n;
};

/* Opens the packs, as many as there is room for. */
static void
open_packs(struct packs *p, int dirfd, const struct child_user *user)
{
	int fd = openat(dirfd, "objects/pack",
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd != -1 ? fdopendir(fd) : NULL;
	struct dirent *e;

	if (d == NULL && fd != -1)
		close(fd);
	while (d != NULL && p->n < PACKS_MAX && (e = readdir(d)) != NULL) {
		if (!text_ends(e->d_name, ".idx"))
			continue;
		e->d_name[strlen(e->d_name) - strlen(".idx")] = '\0';
		if (packfile_open(&p->v[p->n], dirfd, user, e->d_name) ==
		    PACKFILE_GOOD)
			p->n++;
		else
			packfile_close(&p->v[p->n]);
	}
	if (d != NULL)
		closedir(d);
}

/* The one that is found is likely to have the next, too: it becomes first. */
static bool
is_packed(struct packs *p, const unsigned char oid[PACK_SUM])
{
	struct packfile found;
	uint32_t at;
	size_t i;

	for (i = 0; i < p->n; i++)
		if (packidx_find(&p->v[i].idx, oid, &at)) {
			found = p->v[i];
			p->v[i] = p->v[0];
			p->v[0] = found;
			return true;
		}
	return false;
}

/* Has it a file of its own? */
static bool
is_loose(int dirfd, const struct child_user *user, const char *hex)
{
	char path[sizeof("objects/") + 2 * (size_t)PACK_SUM + 1];
	struct stat st;
	int fd;

	snprintf(path, sizeof(path), "objects/%.2s/%.38s", hex, hex + 2);
	fd = refdirs_open(dirfd, path, user, &st);
	if (fd != -1)
		close(fd);
	return fd != -1;
}

bool
present_all(int dirfd, const struct child_user *user, int list)
{
	int copy = fcntl(list, F_DUPFD_CLOEXEC, 0);
	FILE *f = copy != -1 ? fdopen(copy, "r") : NULL;
	bool all = f != NULL && lseek(list, 0, SEEK_SET) == 0;
	struct packs packs = {.n = 0};
	unsigned char oid[PACK_SUM];
	char *line = NULL;
	size_t size = 0, i;

	if (f == NULL && copy != -1)
		close(copy);
	open_packs(&packs, dirfd, user);
	while (all && getline(&line, &size, f) > 0)
		all = packidx_oid(line, oid) &&
		    (is_packed(&packs, oid) || is_loose(dirfd, user, line));
	all = all && feof(f);
	if (f != NULL)
		fclose(f);
	free(line);
	for (i = 0; i < packs.n; i++)
		packfile_close(&packs.v[i]);
	return all;
}
