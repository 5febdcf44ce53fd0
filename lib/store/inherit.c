/* The sums of files that a backup shares with another one. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "store/expect.h"
#include "store/inherit.h"

struct inherit {
	int dir;
	struct expect *sums; /* or NULL */
	const char *due; /* the next name in it, or NULL */
	char hex[HASH_HEX]; /* its sum */
};

static void
next_due(struct inherit *in)
{
	in->due = expect_next(in->sums, in->hex);
}

struct inherit *
inherit_open(const char *dir)
{
	struct inherit *in;
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd == -1) {
		warn("%s", dir);
		return NULL;
	}
	in = xcalloc(1, sizeof(*in));
	in->dir = fd;
	in->sums = expect_open(dir);
	if (in->sums != NULL)
		next_due(in);
	return in;
}

bool
inherit_sum(struct inherit *in, const char *name, const struct stat *st,
    char hex[HASH_HEX])
{
	struct stat other;

	while (in->due != NULL && expect_compare(in->due, name) < 0)
		next_due(in);
	if (in->due == NULL || strcmp(in->due, name) != 0 ||
	    fstatat(in->dir, name, &other, AT_SYMLINK_NOFOLLOW) == -1 ||
	    !S_ISREG(other.st_mode) || other.st_size != st->st_size ||
	    other.st_mtim.tv_sec != st->st_mtim.tv_sec ||
	    other.st_mtim.tv_nsec != st->st_mtim.tv_nsec)
		return false;
	memcpy(hex, in->hex, HASH_HEX);
	return true;
}

void
inherit_close(struct inherit *in)
{
	if (in == NULL)
		return;
	close(in->dir);
	expect_close(in->sums);
	free(in);
}
