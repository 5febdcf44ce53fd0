/* The backups whose steps a backup's repositories are made of: its chain. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/js.h"
#include "base/text.h"
#include "store/info.h"
#include "store/markers.h"

struct marker {
	char *id;
	struct timespec at;
};

/* Opens the markers of the backup at fd; NULL if there are none. */
static DIR *
open_markers(int fd)
{
	int at = openat(
	    fd, MARKERS_DIR, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = NULL;

	if (at != -1 && (d = fdopendir(at)) == NULL)
		close(at);
	return d;
}

/* The next name of a marker, or NULL. */
static const char *
next_name(DIR *d)
{
	struct dirent *e;

	/* An early gocloud left a file of attributes beside each. */
	while ((e = readdir(d)) != NULL)
		if (*e->d_name != '.' && !text_ends(e->d_name, ".attrs"))
			return e->d_name;
	return NULL;
}

size_t
markers_count(int fd)
{
	DIR *d = open_markers(fd);
	size_t n = 0;

	if (d == NULL)
		return 0;
	while (next_name(d) != NULL)
		n++;
	closedir(d);
	return n;
}

/* Of one time the greatest name is the newest, as Gitaly has it. */
static int
by_time(const void *a, const void *b)
{
	const struct marker *x = a, *y = b;

	if (x->at.tv_sec != y->at.tv_sec)
		return x->at.tv_sec < y->at.tv_sec ? -1 : 1;
	if (x->at.tv_nsec != y->at.tv_nsec)
		return x->at.tv_nsec < y->at.tv_nsec ? -1 : 1;
	return strcmp(x->id, y->id);
}

/* All markers in d, in any order. */
static struct marker *
read_all(DIR *d, size_t *n)
{
	struct marker *v = NULL;
	const char *name;
	struct stat st;

	for (*n = 0; (name = next_name(d)) != NULL;) {
		if (fstatat(dirfd(d), name, &st, AT_SYMLINK_NOFOLLOW) == -1)
			continue;
		v = xreallocarray(v, *n + 1, sizeof(*v));
		v[(*n)++] = (struct marker){xstrdup(name), st.st_mtim};
	}
	if (v != NULL)
		qsort(v, *n, sizeof(*v), by_time);
	return v;
}

json_object *
markers_array(const char *dir)
{
	json_object *list = json_object_new_array(), *o;
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd != -1 ? open_markers(fd) : NULL;
	struct marker *v = NULL;
	char when[32];
	size_t n = 0, i;

	if (fd != -1)
		close(fd);
	if (d != NULL) {
		v = read_all(d, &n);
		closedir(d);
	}
	for (i = 0; i < n; i++) {
		o = json_object_new_object();
		js_put_text(o, "id", v[i].id);
		js_put_text(o, "at", info_time_text(v[i].at.tv_sec, when));
		json_object_array_add(list, o);
		free(v[i].id);
	}
	free(v);
	return list;
}
