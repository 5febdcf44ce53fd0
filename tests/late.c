/*
 * For LD_PRELOAD: a thread of glb-repos learns that its child has become a
 * program only when the file LATE is there.
 */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

ssize_t
read(int fd, void *buf, size_t n)
{
	ssize_t got = syscall(SYS_read, fd, buf, n);
	struct stat st;

	if (got == 0 && gettid() != getpid() &&
	    strcmp(program_invocation_short_name, "glb-repos") == 0 &&
	    fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode))
		while (access(getenv("LATE"), F_OK) == -1)
			usleep(100000);
	return got;
}
