/* Whether a tar archive is whole, and can be unpacked. */
/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "base/buf.h"
#include "tar/check.h"
#include "tar/name.h"
#include "tar/read.h"

static const char *
check(int fd, bool tree, uint64_t *bytes)
{
	struct tar_reader *r = tar_read_new_quiet(fd);
	struct buf path = {NULL, 0, 0}, link = {NULL, 0, 0};
	const char *wrong = NULL;
	struct tar_member m;
	int rc, error = 0;

	while (wrong == NULL && (rc = tar_read_next(r, &m)) != 0) {
		if (rc == -1) {
			wrong = tar_read_why(r);
			error = errno;
		} else if (tree) {
			wrong = tar_name_refused(&m, &path, &link);
		}
	}
	buf_free(&path);
	buf_free(&link);
	*bytes = tar_read_bytes(r);
	tar_read_free(r);
	errno = error;
	return wrong;
}

const char *
tar_check(int fd)
{
	uint64_t bytes;

	return check(fd, false, &bytes);
}

const char *
tar_check_tree(int fd, uint64_t *bytes)
{
	return check(fd, true, bytes);
}
