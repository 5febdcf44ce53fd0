/* The list of references, and the bundle header that says the same. */
/* SPDX-License-Identifier: MIT */
#include <sys/types.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "git/refs.h"

#define LINE_MAX_ 65536 /* bytes: no git makes such a name */

enum { LIST, OIDS, BUNDLE, STREAMS };

/*
 * A bundle is
 *
 *	# v2 git bundle LF		for object ids of 40 digits, or
 *	# v3 git bundle LF @object-format=sha256 LF
 *	OID SP NAME LF ...		git itself writes HEAD last
 *	LF
 *	a pack
 */
static const char v2[] = "# v2 git bundle\n";
static const char v3[] = "# v3 git bundle\n@object-format=sha256\n";

const char *
refs_format(const struct refs *r)
{
	return r->digits == 64 ? "sha256" : "sha1";
}

const char *
refs_signature(const struct refs *r)
{
	return r->digits == 64 ? v3 : v2;
}

/* Is it a line of the list, with as many digits as those before it? */
static int
check_line(struct refs *r, const char *line, size_t len)
{
	size_t digits = strspn(line, "0123456789abcdef");

	if (r->digits == 0 && (digits == 40 || digits == 64))
		r->digits = digits;
	return digits == r->digits && digits > 0 && line[digits] == ' ' &&
	    len > digits + 2 && line[len - 1] == '\n' && strlen(line) == len;
}

/* Reads f[LIST] line by line into the two others.  Returns 0 or -1. */
static int
copy(FILE *f[STREAMS], struct refs *r, struct hash *h, char **line)
{
	char head[80] = "";
	size_t size = 0;
	ssize_t len;

	while ((len = getline(line, &size, f[LIST])) > 0) {
		if (len > LINE_MAX_ || !check_line(r, *line, (size_t)len)) {
			errno = EBADMSG;
			return -1;
		}
		if (r->bytes == 0)
			fputs(refs_signature(r), f[BUNDLE]);
		hash_add(h, *line, (size_t)len);
		r->bytes += (uint64_t)len;
		fprintf(f[OIDS], "%.*s\n", (int)r->digits, *line);
		if (strcmp(*line + r->digits, " HEAD\n") == 0) {
			snprintf(head, sizeof(head), "%s", *line);
			continue;
		}
		r->n++;
		fwrite(*line, 1, (size_t)len, f[BUNDLE]);
	}
	if (!feof(f[LIST]))
		return -1;
	fprintf(f[BUNDLE], "%s\n", head);
	return 0;
}

/* Closes f; returns -1 with errno if anything of it was not written. */
static int
finish(FILE *f)
{
	int bad = ferror(f);

	if (fclose(f) == EOF)
		return -1;
	if (bad)
		errno = EIO;
	return bad ? -1 : 0;
}

int
refs_scan(int list, int oids, int bundle, struct refs *r)
{
	const int fds[STREAMS] = {list, oids, bundle};
	FILE *f[STREAMS] = {NULL, NULL, NULL};
	struct hash *h = hash_new();
	char *line = NULL;
	int i, fd, rc = -1, saved;

	memset(r, 0, sizeof(*r));
	for (i = 0; i < STREAMS; i++) {
		if (lseek(fds[i], 0, SEEK_SET) == -1 ||
		    (fd = fcntl(fds[i], F_DUPFD_CLOEXEC, 0)) == -1)
			goto out;
		f[i] = fdopen(fd, i == LIST ? "r" : "w");
		if (f[i] == NULL) {
			close(fd);
			goto out;
		}
	}
	rc = copy(f, r, h, &line);
out:
	for (i = 0; i < STREAMS; i++) {
		saved = errno;
		if (f[i] != NULL && finish(f[i]) == -1)
			rc = -1;
		else
			errno = saved;
	}
	hash_end(h, r->sum);
	hash_free(h);
	free(line);
	if (rc == 0)
		r->header = (uint64_t)lseek(bundle, 0, SEEK_CUR);
	return rc;
}
