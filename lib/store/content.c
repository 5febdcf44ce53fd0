/* Looks through one file of a backup, from its first byte to its last. */
/* SPDX-License-Identifier: MIT */
#include <sys/mman.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/io.h"
#include "base/prog.h"
#include "base/status.h"
#include "base/text.h"
#include "proc/child.h"
#include "store/content.h"
#include "tar/check.h"

#define TAIL 4096 /* bytes in which a dump's last lines must be */
#define LINE_MAX_ 1000 /* bytes of a message that are told */

const char *
content_checked(enum content c, int sum)
{
	if (c == CONTENT_TAR)
		return sum ? "sha256 gzip tar" : "gzip tar";
	if (c == CONTENT_SQL)
		return sum ? "sha256 gzip sql" : "gzip sql";
	return sum ? "sha256" : "name";
}

int
content_err_file(void)
{
	return memfd_create("stderr", MFD_CLOEXEC);
}

void
content_last_line(int err, struct buf *out)
{
	struct buf text = {NULL, 0, 0};
	off_t size = lseek(err, 0, SEEK_END);
	const char *line;

	if (lseek(err, size > LINE_MAX_ ? size - LINE_MAX_ : 0, SEEK_SET) != -1)
		io_read_all(err, &text, LINE_MAX_);
	close(err);
	while (text.len > 0 && text.data[text.len - 1] == '\n')
		text.data[--text.len] = '\0';
	line = text.len > 0 ? strrchr(text.data, '\n') : NULL;
	line = line != NULL ? line + 1 : buf_str(&text);
	text_fold(out, line, strlen(line));
	buf_free(&text);
}

pid_t
content_start(char *const argv[], int in, int *out, int err)
{
	struct child_spec spec = CHILD_SPEC(argv);
	pid_t pid;
	int p[2];

	if (pipe2(p, O_CLOEXEC) == -1)
		return -1;
	spec.in = in;
	spec.out = p[1];
	spec.err = err;
	pid = child_start(&spec);
	close(p[1]);
	if (pid == -1)
		close(p[0]);
	else
		*out = p[0];
	return pid;
}

/* Compares the sum of a file that is nothing but bytes to us. */
static enum finding
check_sum(const char *path, const char *want, struct buf *why)
{
	enum finding verdict = FINDING_UNREADABLE;
	struct hash *h = hash_new();
	char *block = xmalloc(IO_SIZE), hex[HASH_HEX];
	ssize_t n = -1;
	int fd;

	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	while (fd != -1 && (n = io_read(fd, block, IO_SIZE)) > 0) {
		hash_add(h, block, (size_t)n);
		status_add((uint64_t)n, 0, 0);
	}
	if (n == -1) {
		buf_puts(why, strerror(errno));
	} else {
		hash_end(h, hex);
		verdict = FINDING_OK;
		if (want != NULL && strcmp(hex, want) != 0) {
			buf_printf(why, "SHA-256 is %s, not %s", hex, want);
			verdict = FINDING_DAMAGED;
		}
	}
	if (fd != -1)
		close(fd);
	hash_free(h);
	free(block);
	return verdict;
}

/*
 * pg_dump ends with this line between two of "--"; behind them it may have
 * a line "\unrestrict KEY".
 */
static const char *
check_tail(const char *tail, size_t n)
{
	static const char mark[] = "\n--\n-- PostgreSQL database dump complete"
				   "\n--\n";
	const char *p = NULL, *q = tail, *end = tail + n;
	size_t len;

	while ((q = memmem(q, (size_t)(end - q), mark, strlen(mark))) != NULL)
		p = q += strlen(mark);
	if (p == NULL)
		return "it ends without pg_dump's closing comment";
	for (; p < end; p += len + 1) {
		len = (size_t)(end - p);
		if (memchr(p, '\n', len) == NULL)
			return "more behind pg_dump's closing comment";
		len = strcspn(p, "\n");
		if (len > 0 && !text_starts(p, "\\unrestrict "))
			return "more behind pg_dump's closing comment";
	}
	return NULL;
}

/* Reads a dump to its end and counts its bytes. */
static const char *
check_sql(int fd, uint64_t *bytes)
{
	char *block = xmalloc(IO_SIZE + TAIL + 1);
	const char *wrong;
	size_t have = 0;
	ssize_t n;

	/* The last TAIL bytes stand before the new ones. */
	while ((n = io_read_full(fd, block + have, IO_SIZE)) > 0) {
		have += (size_t)n;
		*bytes += (size_t)n;
		if (have > TAIL) {
			memmove(block, block + have - TAIL, TAIL);
			have = TAIL;
		}
	}
	block[have] = '\0';
	wrong = n == -1 ? "cannot be read" : check_tail(block, have);
	if (n != -1)
		errno = 0;
	free(block);
	return wrong;
}

/* Reads what is left, so that the programs before us come to their ends. */
static void
drain(int fd)
{
	char *block = xmalloc(IO_SIZE);

	while (io_read(fd, block, IO_SIZE) > 0)
		continue;
	free(block);
}

/* A program of the pipeline. */
struct part {
	pid_t pid; /* -1: it does not run */
	int err; /* its stderr */
};

/*
 * Judges a program that ended.  One that died of SIGPIPE had a reader that
 * failed, which says why.
 */
static enum finding
judge(struct part *p, const char *cut, struct buf *why)
{
	struct buf line = {NULL, 0, 0};
	const char *reason, *at;
	char how[64];
	int status;

	if (p->pid == -1) {
		buf_puts(why, "a program that checks it does not start");
		return FINDING_UNREADABLE;
	}
	status = child_wait(p->pid);
	content_last_line(p->err, &line);
	p->err = -1;
	if (status == 0 ||
	    (status != -1 && WIFSIGNALED(status) &&
		WTERMSIG(status) == SIGPIPE)) {
		buf_free(&line);
		return FINDING_OK;
	}
	at = line.len > 0 ? strstr(line.data, cut) : NULL;
	reason = at != NULL ? at + strlen(cut)
	    : line.len > 0  ? line.data
			    : child_describe(status, how, sizeof(how));
	buf_puts(why, reason);
	buf_free(&line);
	return status != -1 && child_code(status) == PROG_DAMAGED
	    ? FINDING_DAMAGED
	    : FINDING_UNREADABLE;
}

/* Starts "glb-meta get DIR NAME", or opens the file if there is no sum. */
static int
open_source(
    const char *dir, const char *name, const char *want, struct part *get)
{
	struct list argv = {NULL, 0};
	char *path;
	int fd = -1;

	if (want == NULL) {
		path = xasprintf("%s/%s", dir, name);
		fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		free(path);
		return fd;
	}
	list_split(&argv, "glb-meta,get,--");
	list_add(&argv, dir);
	list_add(&argv, name);
	get->pid = content_start(argv.v, -1, &fd, get->err);
	list_free(&argv);
	return fd;
}

/* Reads the expanded file from fd to its end; *bytes is as long as it is. */
static const char *
look_through(int fd, enum content c, uint64_t *bytes)
{
	const char *wrong =
	    c == CONTENT_TAR ? tar_check_tree(fd, bytes) : check_sql(fd, bytes);
	int saved = errno;

	drain(fd);
	errno = saved;
	return wrong;
}

/* Checks what glb-gzip makes of the file, all in one reading of it. */
static enum finding
check_gzip(const char *dir, const char *name, const char *want, struct buf *why,
    uint64_t *bytes)
{
	struct part get = {-1, content_err_file()};
	struct part gunzip = {-1, content_err_file()};
	char *const argv[] = {(char[]){"glb-gzip"}, (char[]){"-d"}, NULL};
	enum finding verdict = FINDING_OK;
	const char *wrong = NULL;
	char *cut = xasprintf("%s/%s: ", dir, name);
	int in, fd = -1, error = 0;

	in = open_source(dir, name, want, &get);
	if (in != -1)
		gunzip.pid = content_start(argv, in, &fd, gunzip.err);
	else if (want == NULL)
		buf_puts(why, strerror(errno));
	if (in != -1)
		close(in);
	if (fd != -1) {
		wrong = look_through(fd, content_of(name), bytes);
		error = errno;
		close(fd);
	}
	if (want != NULL)
		verdict = judge(&get, cut, why);
	if (verdict == FINDING_OK && in != -1)
		verdict = judge(&gunzip, "glb-gzip: ", why);
	else if (gunzip.pid != -1)
		child_wait(gunzip.pid);
	if (verdict == FINDING_OK && in == -1)
		verdict = FINDING_UNREADABLE;
	if (verdict == FINDING_OK && wrong != NULL) {
		buf_puts(why, wrong);
		verdict = error != 0 ? FINDING_UNREADABLE : FINDING_DAMAGED;
	}
	if (get.err != -1)
		close(get.err);
	if (gunzip.err != -1)
		close(gunzip.err);
	free(cut);
	return verdict;
}

enum finding
content_check(const char *dir, const char *name, const char *want,
    struct buf *why, uint64_t *bytes)
{
	enum content c = content_of(name);
	enum finding verdict;
	char *path;

	*bytes = 0;
	if (c == CONTENT_TAR || c == CONTENT_SQL)
		return check_gzip(dir, name, want, why, bytes);
	path = xasprintf("%s/%s", dir, name);
	verdict = check_sum(path, want, why);
	free(path);
	return verdict;
}
