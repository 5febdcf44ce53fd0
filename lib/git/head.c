/* What HEAD of a repository names. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/text.h"
#include "git/head.h"

#define HEAD_MAX 8192 /* bytes: a longer name fits no path */

/*
 * The file is "ref: " and a name, or an object id.  Old repositories have a
 * symbolic link instead; one whose references lie in a reftable has a HEAD
 * that names "refs/heads/.invalid", for old programs to stumble over.
 */
static enum head
understand(const char *text, struct buf *name)
{
	size_t n;

	if (!text_starts(text, "ref:"))
		return HEAD_DETACHED;
	text += strlen("ref:");
	text += strspn(text, " \t\r\n");
	n = strlen(text);
	while (n > 0 && isspace((unsigned char)text[n - 1]))
		n--;
	if (strncmp(text, "refs/heads/.invalid", n) == 0)
		return HEAD_ELSEWHERE;
	buf_add(name, text, n);
	return HEAD_SYMBOLIC;
}

enum head
head_read(int dirfd, struct buf *name)
{
	struct buf text = {NULL, 0, 0};
	enum head h = HEAD_UNREADABLE;
	struct stat st;
	int fd, saved;

	/* Not to wait for whoever opens the other end, were it a pipe. */
	fd = openat(dirfd, "HEAD",
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd == -1)
		return errno == ELOOP ? HEAD_ELSEWHERE : HEAD_UNREADABLE;
	if (fstat(fd, &st) == 0 && !S_ISREG(st.st_mode))
		errno = EINVAL;
	else if (io_read_all(fd, &text, HEAD_MAX) == 0)
		h = understand(buf_str(&text), name);
	saved = errno;
	close(fd);
	buf_free(&text);
	errno = saved;
	return h;
}
