/* A member's name made a path that cannot lead out of the tree. */
/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "tar/name.h"

const char *
tar_name_clean(const char *name, struct buf *out)
{
	const char *p = name;
	size_t n;

	buf_reset(out);
	if (*p == '/')
		return "an absolute name";
	for (; *p != '\0'; p += n + (p[n] == '/')) {
		n = strcspn(p, "/");
		if (n == 0 || (n == 1 && p[0] == '.'))
			continue;
		if (n == 2 && p[0] == '.' && p[1] == '.')
			return "a name with \"..\" in it";
		if (out->len > 0)
			buf_putc(out, '/');
		buf_add(out, p, n);
	}
	return NULL;
}
