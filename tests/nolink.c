/* For LD_PRELOAD: no hard link can be made, for the reason NOLINK. */
/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

int
linkat(int from, const char *old, int to, const char *new, int flags)
{
	(void)from;
	(void)old;
	(void)to;
	(void)new;
	(void)flags;
	errno = atoi(getenv("NOLINK"));
	return -1;
}

/* As between some file systems, or said too early. */
ssize_t
copy_file_range(
    int in, off_t *from, int out, off_t *to, size_t n, unsigned int flags)
{
	(void)in;
	(void)from;
	(void)out;
	(void)to;
	(void)n;
	(void)flags;
	if (getenv("NORANGE") == NULL)
		return 0;
	errno = EXDEV;
	return -1;
}
