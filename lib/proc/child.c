/* Children: finding their programs, waiting for them, collecting output. */
/* SPDX-License-Identifier: MIT */
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/io.h"
#include "proc/child.h"
#include "proc/running.h"

char *
child_find(const char *name)
{
	const char *p = getenv("PATH");
	char *path;
	size_t n;

	if (strchr(name, '/') != NULL)
		return access(name, X_OK) == 0 ? xstrdup(name) : NULL;
	for (; p != NULL && *p != '\0'; p += n + (p[n] == ':')) {
		n = strcspn(p, ":");
		path = xasprintf("%.*s/%s", (int)n, p, name);
		if (n > 0 && access(path, X_OK) == 0)
			return path;
		free(path);
	}
	return NULL;
}

int
child_wait(pid_t pid)
{
	siginfo_t info;
	int status;

	/* Forgotten while still a zombie, so that no signal hits a new pid. */
	while (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) == -1)
		if (errno != EINTR)
			return -1;
	running_remove(pid);
	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return -1;
	return status;
}

int
child_try(pid_t pid, int *wait_status)
{
	siginfo_t info = {0};

	if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT | WNOHANG) == -1)
		return -1;
	if (info.si_pid == 0)
		return 0;
	*wait_status = child_wait(pid);
	return *wait_status == -1 ? -1 : 1;
}

int
child_code(int wait_status)
{
	if (WIFEXITED(wait_status))
		return WEXITSTATUS(wait_status);
	return 128 + WTERMSIG(wait_status);
}

char *
child_describe(int wait_status, char *out, size_t size)
{
	if (WIFEXITED(wait_status))
		snprintf(out, size, "exit status %d", WEXITSTATUS(wait_status));
	else
		snprintf(out, size, "killed by signal %d (%s)",
		    WTERMSIG(wait_status),
		    sigdescr_np(WTERMSIG(wait_status)) != NULL
			? sigdescr_np(WTERMSIG(wait_status))
			: "unknown");
	return out;
}

/* Reads once from *fd into b, closing it at its end. */
static void
collect(int *fd, struct buf *b, size_t max)
{
	char block[4096];
	ssize_t n;

	n = io_read(*fd, block, sizeof(block));
	if (n <= 0) {
		close(*fd);
		*fd = -1;
		return;
	}
	if (b->len < max)
		buf_add(b, block,
		    (size_t)n < max - b->len ? (size_t)n : max - b->len);
}

/* Empties both descriptors to their ends; -1 stands for none. */
static void
collect_both(int fds[2], struct buf *out, struct buf *err, size_t max)
{
	struct pollfd p[2];

	while (fds[0] != -1 || fds[1] != -1) {
		p[0] = (struct pollfd){fds[0], POLLIN, 0};
		p[1] = (struct pollfd){fds[1], POLLIN, 0};
		if (poll(p, 2, -1) == -1)
			continue;
		if (fds[0] != -1 && p[0].revents != 0)
			collect(&fds[0], out, max);
		if (fds[1] != -1 && p[1].revents != 0)
			collect(&fds[1], err, max);
	}
}

static void
close_pipe(int p[2])
{
	if (p[0] != -1)
		close(p[0]);
	if (p[1] != -1)
		close(p[1]);
}

int
child_run(
    const struct child_spec *spec, struct buf *out, struct buf *err, size_t max)
{
	int po[2] = {-1, -1}, pe[2] = {-1, -1}, ends[2];
	struct child_spec s = *spec;
	pid_t pid;

	if ((out != NULL && pipe2(po, O_CLOEXEC) == -1) ||
	    (err != NULL && pipe2(pe, O_CLOEXEC) == -1)) {
		warn("%s: pipe", spec->argv[0]);
		close_pipe(po);
		return -1;
	}
	if (out != NULL)
		s.out = po[1];
	if (err != NULL)
		s.err = pe[1];
	pid = child_start(&s);
	if (pid == -1) {
		close_pipe(po);
		close_pipe(pe);
		return -1;
	}
	ends[0] = po[0];
	ends[1] = pe[0];
	if (out != NULL)
		close(po[1]);
	if (err != NULL)
		close(pe[1]);
	collect_both(ends, out, err, max);
	return child_wait(pid);
}
