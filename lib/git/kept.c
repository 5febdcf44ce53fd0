/* What restores keep on a storage: the directories of their runs. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/num.h"
#include "base/text.h"
#include "git/kept.h"

#define DISCARD "glb-discard."
#define NUMBER_MAX 1000000000000000
#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

int
kept_each(int fd, int (*fn)(int, const char *, void *), void *arg)
{
	int copy, first = 0;
	struct dirent *e;
	DIR *d;

	/* Not dup(2): the position would be shared. */
	copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (copy == -1)
		return -1;
	d = fdopendir(copy);
	if (d == NULL) {
		close(copy);
		return -1;
	}
	while ((errno = 0, e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 &&
		    strcmp(e->d_name, "..") != 0 &&
		    fn(fd, e->d_name, arg) == -1 && first == 0)
			first = errno;
	if (errno != 0 && first == 0)
		first = errno;
	closedir(d);
	errno = first;
	return first == 0 ? 0 : -1;
}

int64_t
kept_number(const char *name)
{
	const char *digits = name + strlen(KEPT_RUN);
	int64_t n;

	/* As we write them: two names of one number would never end. */
	if (!text_starts(name, KEPT_RUN) || *digits < '1' || *digits > '9' ||
	    num_parse(digits, 1, NUMBER_MAX, &n) == -1)
		return 0;
	return n;
}

struct search {
	int64_t above, below; /* what is looked for lies between */
	bool up; /* the smallest, not the greatest */
	int64_t found; /* 0: none yet */
};

static int
compare(int gitaly, const char *name, void *arg)
{
	struct search *s = arg;
	int64_t n = kept_number(name);

	(void)gitaly;
	if (n <= s->above || n >= s->below)
		return 0;
	s->found = n;
	if (s->up)
		s->below = n;
	else
		s->above = n;
	return 0;
}

static int
search(int gitaly, struct search *s, int64_t *found)
{
	if (kept_each(gitaly, compare, s) == -1)
		return -1;
	*found = s->found;
	return s->found != 0;
}

int
kept_below(int gitaly, int64_t n, int64_t *found)
{
	struct search s = {0, n, false, 0};

	return search(gitaly, &s, found);
}

int
kept_above(int gitaly, int64_t n, int64_t *found)
{
	struct search s = {n, INT64_MAX, true, 0};

	return search(gitaly, &s, found);
}

int
kept_open(int storage, int make)
{
	if (make && mkdirat(storage, KEPT_PARENT, 0700) == -1 &&
	    errno != EEXIST)
		return -1;
	return openat(storage, KEPT_PARENT, DIR_FLAGS);
}

int
kept_discard(int gitaly, int dir, const char *name)
{
	char to[KEPT_NAME_MAX];
	int64_t n = 0;
	int rc;

	do {
		snprintf(to, sizeof(to), DISCARD "%lld", (long long)++n);
		rc = renameat2(dir, name, gitaly, to, RENAME_NOREPLACE);
	} while (rc == -1 && errno == EEXIST);
	return rc;
}

struct removal {
	const char *storage;
	bool told; /* of a failure */
};

static int
remove_discarded(int gitaly, const char *name, void *arg)
{
	struct removal *r = arg;

	/* Somebody else may be removing it, too. */
	if (!text_starts(name, DISCARD) || io_remove_tree(gitaly, name) == 0 ||
	    errno == ENOENT)
		return 0;
	warn("%s/" KEPT_PARENT "/%s", r->storage, name);
	r->told = true;
	return -1;
}

int
kept_remove_discarded(int gitaly, const char *storage)
{
	struct removal r = {storage, false};

	if (fsync(gitaly) == -1 ||
	    (kept_each(gitaly, remove_discarded, &r) == -1 && !r.told)) {
		warn("%s/" KEPT_PARENT, storage);
		return -1;
	}
	return r.told ? -1 : 0;
}

void
kept_leave(int storage)
{
	unlinkat(storage, KEPT_PARENT, AT_REMOVEDIR);
}
