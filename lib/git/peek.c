/* What a repository's own files tell without starting git. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/text.h"
#include "git/peek.h"

#define TEXT_MAX 65536 /* bytes of a file that are looked at */

/*
 * The file is "ref: " and a name, or an object id.  Old repositories have a
 * symbolic link instead; one whose references lie in a reftable has a HEAD
 * that names "refs/heads/.invalid", for old programs to stumble over.
 */
static enum peek_head
understand(const char *text, struct buf *name)
{
	size_t n;

	if (!text_starts(text, "ref:"))
		return PEEK_DETACHED;
	text += strlen("ref:");
	text += strspn(text, " \t\r\n");
	n = strlen(text);
	while (n > 0 && isspace((unsigned char)text[n - 1]))
		n--;
	if (strncmp(text, "refs/heads/.invalid", n) == 0)
		return PEEK_ELSEWHERE;
	buf_add(name, text, n);
	return PEEK_SYMBOLIC;
}

/* Appends the regular file name to *text.  Returns 0, or -1 with errno. */
static int
read_text(int dirfd, const char *name, struct buf *text)
{
	struct stat st;
	int fd, rc = -1, saved;

	/* Not to wait for whoever opens the other end, were it a pipe. */
	fd = openat(dirfd, name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	if (fstat(fd, &st) == 0 && !S_ISREG(st.st_mode))
		errno = EINVAL;
	else
		rc = io_read_all(fd, text, TEXT_MAX);
	saved = errno;
	close(fd);
	errno = saved;
	return rc;
}

enum peek_head
peek_head(int dirfd, struct buf *name)
{
	struct buf text = {NULL, 0, 0};
	enum peek_head h;

	if (read_text(dirfd, "HEAD", &text) == 0)
		h = understand(buf_str(&text), name);
	else
		h = errno == ELOOP ? PEEK_ELSEWHERE : PEEK_UNREADABLE;
	buf_free(&text);
	return h;
}

/* Does the configuration leave the repository's form at what is usual? */
static bool
is_usual(const char *config)
{
	static const char version[] = "repositoryformatversion";
	const char *p = strcasestr(config, version);

	if (strcasestr(config, "extensions") != NULL ||
	    strcasestr(config, "include") != NULL)
		return false;
	if (p == NULL)
		return true;
	p += strlen(version);
	p += strspn(p, " \t");
	if (*p++ != '=')
		return false;
	p += strspn(p, " \t");
	return *p == '0' && strspn(p + 1, " \t\r\n") > 0 &&
	    strcasestr(p, version) == NULL;
}

/*
 * Other object formats and other stores of references are announced in the
 * configuration, or in files that it includes.  The words are looked for
 * anywhere: one too many only costs a git.
 */
int
peek_plain(int dirfd)
{
	struct buf config = {NULL, 0, 0};
	struct stat st;
	int plain;

	plain = read_text(dirfd, "config", &config) == 0 &&
	    strlen(buf_str(&config)) == config.len &&
	    is_usual(buf_str(&config)) &&
	    fstatat(dirfd, "objects", &st, 0) == 0 && S_ISDIR(st.st_mode) &&
	    fstatat(dirfd, "refs", &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISDIR(st.st_mode) &&
	    fstatat(dirfd, "commondir", &st, AT_SYMLINK_NOFOLLOW) == -1 &&
	    errno == ENOENT;
	buf_free(&config);
	return plain;
}
