/* How big a backup's archives and dumps are uncompressed, without reading. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/js.h"
#include "store/extent.h"
#include "store/part.h"
#include "store/report.h"

/*
 * A gzip member ends with the size of its contents modulo 4 GiB, little
 * endian.  There may be other members before it, and padding behind it.
 */
static uint64_t
trailer_size(int fd, uint64_t bytes)
{
	unsigned char b[4];
	uint64_t size;

	if (bytes < sizeof(b) ||
	    pread(fd, b, sizeof(b), (off_t)(bytes - sizeof(b))) != sizeof(b))
		return bytes;
	size = (uint64_t)b[0] | (uint64_t)b[1] << 8 | (uint64_t)b[2] << 16 |
	    (uint64_t)b[3] << 24;
	return size > bytes ? size : bytes;
}

/* Adds dir/name, if it is a file. */
static void
add_file(
    json_object *list, const char *dir, const char *name, json_object *report)
{
	char *path = xasprintf("%s/%s", dir, name);
	json_object *job = report_job(report, name), *o;
	uint64_t bytes, content = 0;
	struct stat st;
	int fd, exact;

	if (lstat(path, &st) == 0 && S_ISREG(st.st_mode)) {
		bytes = (uint64_t)st.st_size;
		if (job != NULL && js_number(job, "bytes_out") == bytes)
			content = js_number(job, "content_bytes");
		exact = content > 0;
		fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		if (!exact)
			content = fd != -1 ? trailer_size(fd, bytes) : bytes;
		if (fd != -1)
			close(fd);
		o = json_object_new_object();
		js_put_text(o, "file", name);
		js_put_number(o, "bytes", bytes);
		js_put_number(o, "content_bytes", content);
		js_put_bool(o, "content_bytes_exact", exact);
		json_object_array_add(list, o);
	}
	free(path);
}

static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* Adds the archives and dumps in dir/below; below is "" or "db/". */
static void
add_directory(
    json_object *list, const char *dir, const char *below, json_object *report)
{
	char *path = xasprintf("%s/%s", dir, below), *name;
	struct dirent **entries = NULL;
	int i, n = scandir(path, &entries, NULL, by_name);
	enum content c;

	for (i = 0; i < n; i++) {
		name = xasprintf("%s%s", below, entries[i]->d_name);
		c = content_of(name);
		if (c == CONTENT_TAR || c == CONTENT_SQL)
			add_file(list, dir, name, report);
		free(name);
		free(entries[i]);
	}
	free(entries);
	free(path);
}

json_object *
extent_list(const char *dir, json_object *report)
{
	json_object *list = json_object_new_array();

	add_directory(list, dir, "", report);
	add_directory(list, dir, "db/", report);
	return list;
}
