/* Process hygiene shared by every program: start, finish, exit statuses. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/prog.h"

void
prog_start(void)
{
	int fd, want;

	/*
	 * Descriptor 0 is filled write-only and the others read-only: reading
	 * a closed stdin or writing a closed stdout must fail, not succeed
	 * into nothing, and no later open() may land on 0, 1 or 2.
	 */
	for (want = 0; want <= 2; want++) {
		if (fcntl(want, F_GETFD) != -1 || errno != EBADF)
			continue;
		fd = open("/dev/null", want == 0 ? O_WRONLY : O_RDONLY);
		if (fd != want)
			_exit(PROG_FAILED);
	}
	setvbuf(stderr, NULL, _IOLBF, BUFSIZ);
}

int
prog_processors(void)
{
	cpu_set_t set;
	long n;

	/* With more than fit into the set, its size is wrong: EINVAL. */
	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		return CPU_COUNT(&set);
	n = sysconf(_SC_NPROCESSORS_ONLN);
	return n < 1 ? 1 : (int)n;
}

int
prog_finish(int status)
{
	int bad, error = 0;

	/* What failed to be written is still in the buffer: errno again. */
	bad = fflush(stdout) == EOF;
	if (bad)
		error = errno;
	bad |= ferror(stdout);
	/*
	 * close() reports delayed write errors on some file systems.  EBADF
	 * means that a command closed its stdout itself, on purpose.
	 */
	if (close(STDOUT_FILENO) == -1 && errno != EBADF) {
		bad = 1;
		error = errno;
	}
	if (bad && (status == PROG_DONE || status == PROG_PARTIAL)) {
		errno = error != 0 ? error : EIO;
		warn("standard output");
		return PROG_FAILED;
	}
	return status;
}

int
prog_worse(int a, int b)
{
	static const int order[] = {
	    PROG_FAILED, PROG_LOCKED, PROG_DAMAGED, PROG_PARTIAL, PROG_DONE};
	size_t i;

	for (i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		if (a == order[i] || b == order[i])
			return order[i];
	return PROG_FAILED;
}
