/* SHA256SUMS: one line a file, as sha256sum(1) writes and checks them. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/io.h"
#include "base/prog.h"
#include "base/status.h"
#include "store/inherit.h"
#include "store/sums.h"

struct known {
	char *name, *hex;
};

struct tree {
	const char *dir; /* for messages */
	FILE *f;
	struct known *known; /* sorted by name */
	size_t n_known;
	struct inherit *base; /* or NULL */
	struct hash *hash;
	char *block; /* IO_SIZE bytes */
	struct buf name; /* of what is being looked at, below dir */
};

void
sums_write(FILE *f, const char *hex, const char *name)
{
	if (strpbrk(name, "\\\n\r") == NULL) {
		fprintf(f, "%s  %s\n", hex, name);
		return;
	}
	fprintf(f, "\\%s  ", hex);
	for (; *name != '\0'; name++)
		if (*name == '\\')
			fputs("\\\\", f);
		else if (*name == '\n')
			fputs("\\n", f);
		else if (*name == '\r')
			fputs("\\r", f);
		else
			fputc(*name, f);
	fputc('\n', f);
}

int
sums_parse(char *line, char **hex, char **name)
{
	int escaped = *line == '\\';
	char *in, *out;

	*hex = line + escaped;
	if (strspn(*hex, "0123456789abcdef") != HASH_HEX - 1 ||
	    (*hex)[HASH_HEX - 1] != ' ' ||
	    strchr(" *", (*hex)[HASH_HEX]) == NULL || (*hex)[HASH_HEX] == '\0')
		return -1;
	(*hex)[HASH_HEX - 1] = '\0';
	*name = *hex + HASH_HEX + 1;
	if (**name == '\0')
		return -1;
	if (!escaped)
		return 0;
	for (in = out = *name; *in != '\0'; in++) {
		if (*in == '\\') {
			in++;
			if (*in != '\\' && *in != 'n' && *in != 'r')
				return -1;
			*out++ = *in == 'n' ? '\n' : *in == 'r' ? '\r' : '\\';
		} else {
			*out++ = *in;
		}
	}
	*out = '\0';
	return 0;
}

/* The next line of f without its newline, or NULL. */
static char *
next_line(FILE *f, char **line, size_t *size)
{
	ssize_t n = getline(line, size, f);

	if (n == -1)
		return NULL;
	if (n > 0 && (*line)[n - 1] == '\n')
		(*line)[n - 1] = '\0';
	return *line;
}

int
sums_find(const char *file, const char *name, char hex[HASH_HEX])
{
	char *line = NULL, *h, *n;
	size_t size = 0;
	int found = 0;
	FILE *f;

	f = fopen(file, "re");
	if (f == NULL)
		return -1;
	while (!found && next_line(f, &line, &size) != NULL)
		if (sums_parse(line, &h, &n) == 0 && strcmp(n, name) == 0) {
			memcpy(hex, h, HASH_HEX);
			found = 1;
		}
	if (ferror(f))
		found = -1;
	free(line);
	fclose(f);
	return found;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(
	    ((const struct known *)a)->name, ((const struct known *)b)->name);
}

/* Reads the sums that are known already. */
static int
read_known(struct tree *t, const char *file)
{
	char *line = NULL, *h, *n;
	int rc = PROG_DONE;
	size_t size = 0;
	FILE *f;

	f = fopen(file, "re");
	if (f == NULL) {
		warn("%s", file);
		return PROG_FAILED;
	}
	while (rc == PROG_DONE && next_line(f, &line, &size) != NULL) {
		if (sums_parse(line, &h, &n) == -1) {
			warnx("%s: not a line of sums: %s", file, line);
			rc = PROG_DAMAGED;
			break;
		}
		t->known =
		    xreallocarray(t->known, t->n_known + 1, sizeof(*t->known));
		t->known[t->n_known].name = xstrdup(n);
		t->known[t->n_known++].hex = xstrdup(h);
	}
	if (ferror(f)) {
		warn("%s", file);
		rc = PROG_FAILED;
	}
	free(line);
	fclose(f);
	if (t->n_known > 0)
		qsort(t->known, t->n_known, sizeof(*t->known), by_name);
	return rc;
}

/* Prints the line of the file t->name, which is open as fd. */
static int
sum_file(struct tree *t, int fd, const struct stat *st)
{
	char hex[HASH_HEX];
	ssize_t n;

	if (t->base != NULL &&
	    inherit_sum(t->base, buf_str(&t->name), st, hex)) {
		sums_write(t->f, hex, buf_str(&t->name));
		status_add(0, 0, 1);
		return PROG_DONE;
	}
	while ((n = io_read(fd, t->block, IO_SIZE)) > 0) {
		hash_add(t->hash, t->block, (size_t)n);
		status_add((uint64_t)n, 0, 0);
	}
	if (n == -1) {
		warn("%s/%s", t->dir, buf_str(&t->name));
		return PROG_FAILED;
	}
	hash_end(t->hash, hex);
	sums_write(t->f, hex, buf_str(&t->name));
	status_add(0, 0, 1);
	return PROG_DONE;
}

static int walk(struct tree *t, int dir);

/* One entry of a directory: its name stands in t->name. */
static int
visit(struct tree *t, int dir, const char *entry)
{
	struct known key = {t->name.data, NULL}, *k = NULL;
	int fd, rc = PROG_FAILED;
	struct stat st;

	if (t->n_known > 0)
		k = bsearch(&key, t->known, t->n_known, sizeof(key), by_name);
	if (k != NULL) {
		sums_write(t->f, k->hex, k->name);
		return PROG_DONE;
	}
	fd = openat(dir, entry, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1 || fstat(fd, &st) == -1)
		warn("%s/%s", t->dir, buf_str(&t->name));
	else if (S_ISDIR(st.st_mode))
		return walk(t, fd);
	else if (S_ISREG(st.st_mode))
		rc = sum_file(t, fd, &st);
	else
		warnx("%s/%s: neither a file nor a directory", t->dir,
		    buf_str(&t->name));
	if (fd != -1)
		close(fd);
	return rc;
}

/* The names in the directory fd, sorted; fd goes to *d, to be closed. */
static int
read_names(int fd, struct list *names, DIR **d)
{
	struct dirent *e;

	*d = fdopendir(fd);
	if (*d == NULL) {
		close(fd);
		return -1;
	}
	errno = 0;
	while ((e = readdir(*d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			list_add(names, e->d_name);
	return errno == 0 ? 0 : -1;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Everything in the directory fd, which is closed. */
static int
walk(struct tree *t, int fd)
{
	size_t length = t->name.len, i;
	struct list names = {NULL, 0};
	int rc = PROG_DONE;
	DIR *d;

	if (read_names(fd, &names, &d) == -1) {
		warn("%s/%s", t->dir, buf_str(&t->name));
		rc = PROG_FAILED;
	}
	if (names.n > 0)
		qsort(names.v, names.n, sizeof(*names.v), compare);
	for (i = 0; i < names.n && rc == PROG_DONE; i++) {
		if (length == 0 &&
		    (*names.v[i] == '.' || strcmp(names.v[i], SUMS_FILE) == 0))
			continue;
		if (length > 0)
			buf_putc(&t->name, '/');
		buf_puts(&t->name, names.v[i]);
		rc = visit(t, dirfd(d), names.v[i]);
		t->name.len = length;
		t->name.data[length] = '\0';
	}
	if (d != NULL)
		closedir(d);
	list_free(&names);
	return rc;
}

int
sums_tree(const char *dir, const char *known, const char *base, FILE *f)
{
	struct tree t = {
	    .dir = dir, .f = f, .hash = hash_new(), .block = xmalloc(IO_SIZE)};
	int fd, rc = PROG_DONE;
	size_t i;

	if (known != NULL)
		rc = read_known(&t, known);
	if (base != NULL && (t.base = inherit_open(base)) == NULL)
		rc = PROG_FAILED;
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1) {
		warn("%s", dir);
		rc = PROG_FAILED;
	} else if (rc == PROG_DONE) {
		rc = walk(&t, fd);
	} else {
		close(fd);
	}
	for (i = 0; i < t.n_known; i++) {
		free(t.known[i].name);
		free(t.known[i].hex);
	}
	free(t.known);
	inherit_close(t.base);
	free(t.block);
	hash_free(t.hash);
	buf_free(&t.name);
	return rc;
}
