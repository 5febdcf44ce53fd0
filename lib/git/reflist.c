/* Reads a list of references, line by line, and believes none of it. */
/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"
#include "git/reflist.h"

#define LINE_MAX_ 65536 /* bytes: no git makes such a name */

int
reflist_open(struct reflist *l, int fd, size_t digits)
{
	int copy;

	memset(l, 0, sizeof(*l));
	l->digits = digits;
	if (lseek(fd, 0, SEEK_SET) == -1 ||
	    (copy = fcntl(fd, F_DUPFD_CLOEXEC, 0)) == -1)
		return -1;
	l->f = fdopen(copy, "r");
	if (l->f == NULL) {
		close(copy);
		return -1;
	}
	return 0;
}

void
reflist_close(struct reflist *l)
{
	if (l->f != NULL)
		fclose(l->f);
	free(l->oid);
	free(l->last);
	free(l->prefixes);
}

static int
wrong(struct reflist *l, const char *why)
{
	l->wrong = why;
	return -1;
}

/*
 * Git would take a/b beside a, were both in one file, and then be lost.  All
 * names that start with a stand together, so that only those starts of the
 * last name need to be known that are names, too.
 */
static int
check_order(struct reflist *l)
{
	const char *last = l->last != NULL ? l->last : "";
	size_t common = 0, i;

	if (strcmp(l->name, last) <= 0)
		return wrong(l, "the list of references is not in order");
	while (last[common] != '\0' && last[common] == l->name[common])
		common++;
	while (l->n_prefixes > 0 && l->prefixes[l->n_prefixes - 1] > common)
		l->n_prefixes--;
	for (i = 0; i < l->n_prefixes; i++)
		if (l->name[l->prefixes[i]] == '/')
			return wrong(l, "a reference is another's directory");
	if (l->n_prefixes == l->room) {
		l->room = l->room * 2 + 16;
		l->prefixes =
		    xreallocarray(l->prefixes, l->room, sizeof(*l->prefixes));
	}
	l->prefixes[l->n_prefixes++] = strlen(l->name);
	free(l->last);
	l->last = xstrdup(l->name);
	return 0;
}

int
reflist_next(struct reflist *l)
{
	ssize_t len = getline(&l->oid, &l->size, l->f);

	if (len <= 0)
		return feof(l->f) ? 0 : wrong(l, "the list cannot be read");
	l->bytes += (uint64_t)len;
	/* The last line may lack its end. */
	if (l->oid[len - 1] == '\n')
		l->oid[--len] = '\0';
	if (len >= LINE_MAX_ || strlen(l->oid) != (size_t)len ||
	    strspn(l->oid, "0123456789abcdef") != l->digits ||
	    l->oid[l->digits] != ' ')
		return wrong(l, "not a list of references");
	l->oid[l->digits] = '\0';
	l->name = l->oid + l->digits + 1;
	if (l->n == 0 && l->last == NULL && strcmp(l->name, "HEAD") == 0) {
		l->last = xstrdup(""); /* so that there is no other */
		return 1;
	}
	if (!text_starts(l->name, "refs/"))
		return wrong(l, "not a list of references");
	l->n++;
	return check_order(l) == -1 ? -1 : 1;
}
