/* For LD_PRELOAD: glb-repos gets a signal, KILL_BY or SIGKILL, before the
 * KILL_AT-th change to files. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static atomic_long changes;

/* Its children have the same environment, but other names. */
static void
change(void)
{
	const char *at = getenv("KILL_AT"), *by = getenv("KILL_BY");

	if (at == NULL || strcmp(program_invocation_short_name, "glb-repos"))
		return;
	if (atomic_fetch_add(&changes, 1) + 1 == atol(at))
		kill(getpid(), by != NULL ? atoi(by) : SIGKILL);
}

int
renameat2(int from, const char *old, int to, const char *new, unsigned int how)
{
	change();
	return (int)syscall(SYS_renameat2, from, old, to, new, how);
}

int
renameat(int from, const char *old, int to, const char *new)
{
	change();
	return (int)syscall(SYS_renameat2, from, old, to, new, 0);
}

int
linkat(int from, const char *old, int to, const char *new, int flags)
{
	change();
	return (int)syscall(SYS_linkat, from, old, to, new, flags);
}

int
unlinkat(int dir, const char *name, int flags)
{
	change();
	return (int)syscall(SYS_unlinkat, dir, name, flags);
}

int
mkdirat(int dir, const char *name, mode_t mode)
{
	change();
	return (int)syscall(SYS_mkdirat, dir, name, mode);
}

/* With 64 bits for offsets its name is another, as in the programs. */
int
openat(int dir, const char *name, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;

	if (flags & O_CREAT) {
		change();
		va_start(ap, flags);
		mode = va_arg(ap, mode_t);
		va_end(ap);
	}
	return (int)syscall(SYS_openat, dir, name, flags, mode);
}
