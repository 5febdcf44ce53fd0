/* How a file enters a backup, and how it comes out again. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/io.h"
#include "base/prog.h"
#include "base/status.h"
#include "store/put.h"
#include "store/sums.h"

int
put_name_ok(const char *name)
{
	size_t n;

	do {
		n = strcspn(name, "/");
		if (n == 0 || (n == 1 && name[0] == '.') ||
		    (n == 2 && name[0] == '.' && name[1] == '.'))
			return 0;
		name += n;
	} while (*name++ == '/');
	return 1;
}

/*
 * Copies from to to, and into the sum.  Returns 0, or -1 with errno and
 * *reading telling which side failed.
 */
static int
copy(int from, int to, struct hash *h, int *reading)
{
	char *block = xmalloc(IO_SIZE);
	off_t end = 0, begun = 0;
	ssize_t n;
	int saved;

	for (;;) {
		n = io_read(from, block, IO_SIZE);
		*reading = n == -1;
		if (n <= 0)
			break;
		if (io_write_all(to, block, (size_t)n) == -1) {
			n = -1;
			break;
		}
		end += n;
		io_write_behind(to, &begun, end, IO_BEHIND);
		hash_add(h, block, (size_t)n);
		status_add((uint64_t)n, (uint64_t)n, 0);
	}
	saved = errno;
	free(block);
	errno = saved;
	return n == -1 ? -1 : 0;
}

/*
 * Opens a file in dir for writing.  Where the file system can, it has no
 * name yet and so leaves nothing behind if we are killed; *tmp is then NULL,
 * else its name, to be freed.
 */
static int
open_temporary(int dir, mode_t mode, char **tmp)
{
	int fd;

	*tmp = NULL;
	fd = openat(dir, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, mode);
	if (fd != -1 || (errno != EOPNOTSUPP && errno != EISDIR))
		return fd;
	*tmp = xasprintf(".put.%ld", (long)getpid());
	return openat(dir, *tmp, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, mode);
}

/* Gives the file, which may have no name yet, the name tmp. */
static int
name_temporary(int dir, int fd, char **tmp)
{
	char *path, *name;
	int rc;

	if (*tmp != NULL)
		return 0;
	path = xasprintf("/proc/self/fd/%d", fd);
	name = xasprintf(".put.%ld", (long)getpid());
	rc = linkat(AT_FDCWD, path, dir, name, AT_SYMLINK_FOLLOW);
	free(path);
	if (rc == 0)
		*tmp = name;
	else
		free(name);
	return rc;
}

/* fsync of every directory that name, below dir, goes through. */
static int
sync_parents(int dir, const char *name)
{
	char *parent = xstrdup(name), *slash;
	int rc = 0;

	while (rc == 0 && (slash = strrchr(parent, '/')) != NULL) {
		*slash = '\0';
		rc = io_sync_dir(dir, parent);
	}
	free(parent);
	return rc == 0 ? fsync(dir) : rc;
}

/* Gives the finished file its name and makes that durable. */
static int
publish(int dir, int fd, char **tmp, const char *name)
{
	const char *slash = strrchr(name, '/');
	char *parent;
	int rc = 0;

	if (slash != NULL) {
		parent = xstrndup(name, (size_t)(slash - name));
		rc = io_mkdirs(dir, parent, 0777);
		free(parent);
	}
	if (rc == -1 || name_temporary(dir, fd, tmp) == -1 ||
	    renameat(dir, *tmp, dir, name) == -1)
		return -1;
	free(*tmp);
	*tmp = NULL;
	return sync_parents(dir, name);
}

int
put_file(
    const char *dir, const char *name, mode_t mode, int fd, char hex[HASH_HEX])
{
	int d, out = -1, rc = PROG_FAILED, reading = 0;
	struct hash *h = hash_new();
	char *tmp = NULL;

	d = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (d == -1) {
		warn("%s", dir);
		goto out;
	}
	out = open_temporary(d, mode, &tmp);
	if (out == -1 || copy(fd, out, h, &reading) == -1 ||
	    fchmod(out, mode) == -1 || fsync(out) == -1 ||
	    publish(d, out, &tmp, name) == -1) {
		if (reading)
			warn("put %s/%s: standard input", dir, name);
		else
			warn("put %s/%s", dir, name);
		goto out;
	}
	hash_end(h, hex);
	status_add(0, 0, 1);
	rc = PROG_DONE;
out:
	if (tmp != NULL)
		unlinkat(d, tmp, 0);
	free(tmp);
	if (out != -1 && close(out) == -1 && rc == PROG_DONE) {
		warn("put %s/%s", dir, name);
		rc = PROG_FAILED;
	}
	if (d != -1)
		close(d);
	hash_free(h);
	return rc;
}

/* Streams one file.  want is the sum it must have, or NULL. */
static int
stream(const char *path, const char *want, int fd)
{
	struct hash *h = hash_new();
	int in, reading = 0, rc = PROG_FAILED;
	char hex[HASH_HEX];

	in = open(path, O_RDONLY | O_CLOEXEC);
	if (in == -1) {
		warn("get %s", path);
		rc = errno == ENOENT ? PROG_DAMAGED : PROG_FAILED;
	} else if (copy(in, fd, h, &reading) == -1) {
		warn("get %s%s", path, reading ? "" : ": standard output");
	} else {
		hash_end(h, hex);
		rc = PROG_DONE;
		if (want != NULL && strcmp(hex, want) != 0) {
			warnx("get %s: SHA-256 is %s, not %s", path, hex, want);
			rc = PROG_DAMAGED;
		}
	}
	if (in != -1)
		close(in);
	hash_free(h);
	return rc;
}

int
put_get(const char *dir, const char *name, int fd)
{
	char *sums = xasprintf("%s/%s", dir, SUMS_FILE);
	char *path = xasprintf("%s/%s", dir, name), want[HASH_HEX];
	int found, rc;

	found = sums_find(sums, name, want);
	if (found == -1 && errno != ENOENT) {
		warn("%s", sums);
		rc = PROG_FAILED;
	} else if (found == 0) {
		warnx("get %s: not in %s", path, SUMS_FILE);
		rc = PROG_DAMAGED;
	} else {
		if (found == -1)
			warnx("%s: no %s: %s is not checked", dir, SUMS_FILE,
			    name);
		rc = stream(path, found == 1 ? want : NULL, fd);
	}
	free(sums);
	free(path);
	return rc;
}
