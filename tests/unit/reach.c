/* Addresses of Gitaly: which are understood, and whether something listens. */
/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "git/reach.h"

static char path[] = "/tmp/glb-reach-XXXXXX";

/* Is the address reached, or else is the reason that? */
static void
expect(const char *address, const char *reason)
{
	struct buf why = {NULL, 0, 0};
	bool reached = reach_gitaly(address, &why);

	if (reached != (reason == NULL) ||
	    (reason != NULL && *reason != '\0' &&
		strcmp(buf_str(&why), reason) != 0)) {
		fprintf(stderr, "%s: %s\n", address, buf_str(&why));
		abort();
	}
	buf_free(&why);
}

/* A port of the loopback at which something listens, or does not. */
static int
port(int *fd, bool listening)
{
	struct sockaddr_in sa = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(sa);

	*fd = socket(AF_INET, SOCK_STREAM, 0);
	assert(*fd != -1);
	assert(bind(*fd, (struct sockaddr *)&sa, n) == 0);
	assert(!listening || listen(*fd, 4) == 0);
	assert(getsockname(*fd, (struct sockaddr *)&sa, &n) == 0);
	return ntohs(sa.sin_port);
}

static void
test_tcp(void)
{
	int open, shut, up, down;
	char text[64];

	open = port(&up, true);
	shut = port(&down, false);
	snprintf(text, sizeof(text), "tcp://127.0.0.1:%d", open);
	expect(text, NULL);
	memcpy(text, "tls", 3);
	expect(text, NULL);
	snprintf(text, sizeof(text), "tcp://127.0.0.1:%d", shut);
	expect(text, "Connection refused");
	expect("tcp://127.0.0.1", "no port in it");
	expect("tcp://:8075", "no host in it");
	expect("tcp://[::1", "no port in it");
	expect("tls://127.0.0.1:no-such-service", "");
	close(up);
	close(down);
}

static void
test_unix(void)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	char text[400] = "unix:/";
	int fd;

	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/socket", path);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert(fd != -1 && bind(fd, (void *)&sa, sizeof(sa)) == 0);
	assert(listen(fd, 4) == 0);
	snprintf(text, sizeof(text), "unix:%s", sa.sun_path);
	expect(text, NULL);
	snprintf(text, sizeof(text), "unix://%s", sa.sun_path);
	expect(text, NULL);
	close(fd);
	expect(text, "Connection refused");
	assert(unlink(sa.sun_path) == 0);
	expect(text, "No such file or directory");
	memset(text + 6, 'x', sizeof(text) - 7);
	expect(text, "File name too long");
}

static void
test_dns_and_others(void)
{
	static const char unknown[] =
	    "not an address of the form unix:, tcp:, tls: or dns:";

	expect("dns:127.0.0.1:8075", NULL);
	expect("dns:///127.0.0.1", NULL);
	expect("dns://192.0.2.1/127.0.0.1:8075", NULL);
	expect("dns+tls:///[::1]:8075", NULL);
	expect("dns:///", "no host in it");
	expect("http://127.0.0.1:80", unknown);
	expect("/var/run/gitaly.socket", unknown);
	expect("unix:socket", unknown);
	expect("", unknown);
}

int
main(void)
{
	assert(mkdtemp(path) != NULL);
	test_tcp();
	test_unix();
	test_dns_and_others();
	assert(rmdir(path) == 0);
	return 0;
}
