/* A member's name made a path that cannot lead out of the tree. */
/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "tar/decode.h"
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

bool
tar_name_reserved(const char *path)
{
	size_t n = strlen(TAR_RESERVED);

	return strncmp(path, TAR_RESERVED, n) == 0 &&
	    (path[n] == '\0' || path[n] == '/');
}

const char *
tar_name_refused(const struct tar_member *m, struct buf *path, struct buf *link)
{
	const char *bad = tar_name_clean(m->path, path);

	if (bad != NULL)
		return bad;
	if (tar_name_reserved(buf_str(path)))
		return "a name that restores keep for themselves";
	if (m->type == TAR_CHAR || m->type == TAR_BLOCKDEV)
		return "a device";
	if (m->type == TAR_SYMLINK && *m->link == '\0')
		return "a symbolic link to nothing";
	if (path->len == 0 && m->type != TAR_DIR)
		return "the top of the tree is no directory";
	if (m->type == TAR_HARDLINK &&
	    (tar_name_clean(m->link, link) != NULL || link->len == 0 ||
		tar_name_reserved(link->data)))
		return TAR_BAD_TARGET;
	return NULL;
}
