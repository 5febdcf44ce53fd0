/* Whether a Gitaly can be reached at the address that gitlab.yml gives. */
/* SPDX-License-Identifier: MIT */
#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"
#include "git/reach.h"

#define PATIENCE 5000 /* milliseconds to a connection */
#define PORT "1" /* of a name that is only looked up */

/* Connects and hangs up.  Returns 0, or -1 with errno. */
static int
try_address(int family, const struct sockaddr *sa, socklen_t size)
{
	int fd, rc, error = 0, saved;
	socklen_t n = sizeof(error);
	struct pollfd p;

	fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return -1;
	rc = connect(fd, sa, size);
	if (rc == -1 && errno == EINPROGRESS) {
		p = (struct pollfd){fd, POLLOUT, 0};
		do
			rc = poll(&p, 1, PATIENCE);
		while (rc == -1 && errno == EINTR);
		if (rc == 0)
			errno = ETIMEDOUT;
		if (rc == 1 &&
		    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n) == 0)
			errno = error;
		rc = rc == 1 && error == 0 ? 0 : -1;
	}
	saved = errno;
	close(fd);
	errno = saved;
	return rc;
}

static bool
try_unix(const char *path, struct buf *why)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};

	/* "unix:PATH" and "unix://PATH" are the same. */
	if (text_starts(path, "//"))
		path += 2;
	errno = ENAMETOOLONG;
	if (strlen(path) < sizeof(sa.sun_path)) {
		strcpy(sa.sun_path, path);
		if (try_address(AF_UNIX, (struct sockaddr *)&sa, sizeof(sa)) ==
		    0)
			return true;
	}
	buf_puts(why, strerror(errno));
	return false;
}

/* Splits "HOST:PORT" or "[HOST]:PORT" in place; *port NULL: there is none. */
static char *
split(char *text, char **port)
{
	char *end = text;

	if (*text == '[' && (end = strchr(++text, ']')) != NULL)
		*end++ = '\0';
	*port = end != NULL ? strrchr(end, ':') : NULL;
	if (*port != NULL)
		*(*port)++ = '\0';
	return text;
}

/* One connection with any of the host's addresses, or just looks it up. */
static bool
try_host(const char *where, bool up, struct buf *why)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *list = NULL, *a;
	char *copy = xstrdup(where), *port, *host = split(copy, &port);
	bool reached = false;
	int rc;

	if (*host == '\0' || (up && port == NULL)) {
		buf_puts(
		    why, *host == '\0' ? "no host in it" : "no port in it");
		free(copy);
		return false;
	}
	rc = getaddrinfo(host, up ? port : PORT, &hints, &list);
	if (rc != 0)
		buf_puts(why, gai_strerror(rc));
	for (a = list; a != NULL && !reached; a = a->ai_next)
		reached = !up ||
		    try_address(a->ai_family, a->ai_addr, a->ai_addrlen) == 0;
	if (rc == 0 && !reached)
		buf_puts(why, strerror(errno));
	if (list != NULL)
		freeaddrinfo(list);
	free(copy);
	return reached;
}

/* "HOST:PORT", with "//SERVER/", "//" or "///" before it. */
static bool
try_dns(const char *where, struct buf *why)
{
	const char *slash;

	if (text_starts(where, "//")) {
		where += 2;
		slash = strchr(where, '/');
		if (slash != NULL)
			where = slash + 1;
	}
	return try_host(where, false, why);
}

bool
reach_gitaly(const char *address, struct buf *why)
{
	if (text_starts(address, "unix:/"))
		return try_unix(address + strlen("unix:"), why);
	if (text_starts(address, "tcp://") || text_starts(address, "tls://"))
		return try_host(address + strlen("tcp://"), true, why);
	if (text_starts(address, "dns:"))
		return try_dns(address + strlen("dns:"), why);
	if (text_starts(address, "dns+tls:"))
		return try_dns(address + strlen("dns+tls:"), why);
	buf_puts(why, "not an address of the form unix:, tcp:, tls: or dns:");
	return false;
}
