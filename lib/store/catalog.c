/* The backups in a backup path. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/io.h"
#include "base/js.h"
#include "base/prog.h"
#include "base/text.h"
#include "store/catalog.h"
#include "store/markers.h"
#include "store/report.h"

const char *
catalog_state_name(enum catalog_state s)
{
	static const char *const names[] = {"complete", "incomplete", "unknown",
	    "damaged", "unreadable", "unfinished"};

	return names[s];
}

int
catalog_left_behind(const char *name)
{
	if (*name == '.')
		return text_ends(name, ".partial");
	return text_starts(name, "backup2") && strlen(name) > 15 &&
	    strspn(name + 6, "0123456789") == 8 && name[14] == '-';
}

static enum catalog_state
state_of(enum report_verdict v)
{
	return v == REPORT_COMPLETE  ? CATALOG_COMPLETE
	    : v == REPORT_INCOMPLETE ? CATALOG_INCOMPLETE
	    : v == REPORT_NONE	     ? CATALOG_UNKNOWN
				     : CATALOG_DAMAGED;
}

/* Fills e from its report. */
static void
read_report(struct catalog_entry *e)
{
	json_object *report = report_read(e->path), *o, *all;
	int error = errno;
	size_t i;

	e->state = state_of(report_verdict(report, error));
	if (report == NULL)
		return;
	e->bytes = js_number(report, "bytes");
	e->server_side = report_server_side(report);
	if (json_object_object_get_ex(report, "repositories", &o)) {
		if (*js_string(o, "base") != '\0')
			e->base = xstrdup(js_string(o, "base"));
		e->steps = (size_t)js_number(o, "steps");
	}
	all = js_array(report, "object_storage");
	for (i = 0; all != NULL && i < json_object_array_length(all); i++) {
		o = json_object_array_get_idx(all, i);
		list_add(&e->buckets, js_string(o, "kind"));
	}
	json_object_put(report);
}

/* Fills e from the directory at e->path, which is open as fd. */
static void
read_entry(struct catalog_entry *e, int fd, const struct stat *st)
{
	int rc;

	e->when = st->st_mtime;
	if (e->state != CATALOG_UNFINISHED) {
		rc = info_read(e->path, &e->info);
		if (rc != PROG_DONE)
			e->state = rc == PROG_FAILED ? CATALOG_UNREADABLE
						     : CATALOG_DAMAGED;
		else
			read_report(e);
		if (e->info.created_at != NULL && e->info.created != -1)
			e->when = e->info.created;
		/* The original's have no report. */
		if (e->steps == 0)
			e->steps = markers_count(fd);
	}
	if (e->bytes == 0)
		e->bytes = io_tree_bytes(fd);
	else
		close(fd);
}

static void
look_at(struct catalog *c, const char *backup_path, int dir, const char *name)
{
	struct catalog_entry *e;
	struct stat st;
	int fd, left = catalog_left_behind(name);

	if (*name == '.' && !left)
		return;
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1) {
		/* A file, a link, or gone meanwhile: no backup. */
		if (errno != ENOTDIR && errno != ELOOP && errno != ENOENT)
			warn("%s/%s", backup_path, name);
		return;
	}
	if (fstat(fd, &st) == -1 ||
	    (!left && faccessat(fd, INFO_FILE, F_OK, 0) == -1)) {
		close(fd);
		return;
	}
	c->v = xreallocarray(c->v, c->n + 1, sizeof(*c->v));
	e = &c->v[c->n++];
	memset(e, 0, sizeof(*e));
	e->path = xasprintf("%s/%s", backup_path, name);
	e->id = *name == '.'
	    ? xstrndup(name + 1, strlen(name) - strlen("..partial"))
	    : xstrdup(name);
	e->state = left ? CATALOG_UNFINISHED : CATALOG_COMPLETE;
	read_entry(e, fd, &st);
}

static int
by_time(const void *a, const void *b)
{
	const struct catalog_entry *x = a, *y = b;
	int ux = x->state == CATALOG_UNFINISHED;
	int uy = y->state == CATALOG_UNFINISHED;

	if (ux != uy)
		return ux - uy;
	if (x->when != y->when)
		return x->when < y->when ? -1 : 1;
	return strcmp(x->id, y->id);
}

int
catalog_read(const char *backup_path, struct catalog *c)
{
	struct dirent *e;
	DIR *d;
	int rc = PROG_DONE;

	*c = (struct catalog){NULL, 0};
	d = opendir(backup_path);
	if (d == NULL) {
		if (errno == ENOENT)
			return PROG_DONE;
		warn("%s", backup_path);
		return PROG_FAILED;
	}
	errno = 0;
	while ((e = readdir(d)) != NULL) {
		look_at(c, backup_path, dirfd(d), e->d_name);
		errno = 0;
	}
	if (errno != 0) {
		warn("%s", backup_path);
		rc = PROG_FAILED;
	}
	closedir(d);
	if (c->n > 0)
		qsort(c->v, c->n, sizeof(*c->v), by_time);
	return rc;
}

int
catalog_leftovers(const char *backup_path, struct list *paths)
{
	struct dirent *e;
	int rc = PROG_DONE;
	DIR *d;

	d = opendir(backup_path);
	if (d == NULL) {
		warn("%s", backup_path);
		return PROG_FAILED;
	}
	errno = 0;
	while ((e = readdir(d)) != NULL) {
		if (*e->d_name == '.' && catalog_left_behind(e->d_name))
			list_addf(paths, "%s/%s", backup_path, e->d_name);
		errno = 0;
	}
	if (errno != 0) {
		warn("%s", backup_path);
		rc = PROG_FAILED;
	}
	closedir(d);
	return rc;
}

void
catalog_free(struct catalog *c)
{
	size_t i;

	for (i = 0; i < c->n; i++) {
		free(c->v[i].id);
		free(c->v[i].path);
		free(c->v[i].base);
		list_free(&c->v[i].buckets);
		info_free(&c->v[i].info);
	}
	free(c->v);
	*c = (struct catalog){NULL, 0};
}
