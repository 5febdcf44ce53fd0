/* What a restore has begun to replace, and how far it came. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

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
#include "store/id.h"
#include "store/info.h"
#include "store/journal.h"

#define NAME "journal.json"
#define NEW ".journal.json.new"
#define JOURNAL_MAX (1 << 20)

static const char *const phases[] = {"none", "restoring", "kept", "discarding"};

char *
journal_dir(const char *backup_path)
{
	return xasprintf("%s/" JOURNAL_DIR, backup_path);
}

/* Adds the strings of an array.  Returns whether it is one of strings only. */
static bool
read_list(json_object *o, const char *key, struct list *l)
{
	json_object *a = js_array(o, key), *v;
	size_t i;

	for (i = 0; a != NULL && i < json_object_array_length(a); i++) {
		v = json_object_array_get_idx(a, i);
		if (!json_object_is_type(v, json_type_string))
			return false;
		list_add(l, json_object_get_string(v));
	}
	return a != NULL;
}

/*
 * The text of the journal in dir, which may belong to another user: no link
 * is followed, and nothing waited for.  Returns 0, or -1 with errno.
 */
static int
read_text(const char *dir, struct buf *text)
{
	int at, fd = -1, rc = -1, saved;
	struct stat st;

	at = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (at != -1)
		fd = openat(
		    at, NAME, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd != -1 && fstat(fd, &st) == 0) {
		errno = EINVAL;
		if (S_ISREG(st.st_mode))
			rc = io_read_all(fd, text, JOURNAL_MAX);
	}
	saved = errno;
	if (fd != -1)
		close(fd);
	if (at != -1)
		close(at);
	errno = saved;
	return rc;
}

/* Fills *j.  Returns whether o is a whole journal: half of one is none. */
static bool
read_object(json_object *o, struct journal *j)
{
	enum journal_phase p;

	for (p = JOURNAL_RESTORING; p <= JOURNAL_DISCARDING; p++)
		if (strcmp(js_string(o, "phase"), phases[p]) == 0)
			break;
	if (p > JOURNAL_DISCARDING ||
	    id_wrong(js_string(o, "backup_id")) != NULL)
		return false;
	j->backup = xstrdup(js_string(o, "backup"));
	j->id = xstrdup(js_string(o, "backup_id"));
	j->started = info_time(js_string(o, "started_at"));
	j->repositories = js_number(o, "repositories") != 0;
	j->lost_repositories = js_number(o, "lost_repositories") != 0;
	if (!read_list(o, "databases", &j->databases) ||
	    !read_list(o, "directories", &j->directories) ||
	    !read_list(o, "lost", &j->lost) ||
	    (json_object_object_get_ex(o, "lost_buckets", NULL) &&
		!read_list(o, "lost_buckets", &j->lost_buckets)))
		return false;
	j->phase = p;
	return true;
}

int
journal_read(const char *dir, struct journal *j)
{
	struct buf text = {NULL, 0, 0};
	json_object *o = NULL;
	int rc = PROG_FAILED;

	*j = (struct journal){.phase = JOURNAL_NONE};
	if (read_text(dir, &text) == -1) {
		if (errno == ENOENT)
			rc = PROG_DONE;
		else
			warn("%s/" NAME, dir);
		goto out;
	}
	o = json_tokener_parse(buf_str(&text));
	if (json_object_is_type(o, json_type_object) && read_object(o, j)) {
		rc = PROG_DONE;
	} else {
		warnx("%s/" NAME ": is not a journal of a restore", dir);
		journal_free(j);
	}
out:
	json_object_put(o);
	buf_free(&text);
	return rc;
}

void
journal_begin(struct journal *j, const char *backup, const char *id)
{
	j->phase = JOURNAL_RESTORING;
	j->backup = xstrdup(backup);
	j->id = xstrdup(id);
	j->started = time(NULL);
}

void
journal_json(const struct journal *j, struct buf *out)
{
	json_object *o = json_object_new_object();
	char when[32];

	js_put_text(o, "phase", phases[j->phase]);
	json_object_object_add(o, "backup", json_object_new_string(j->backup));
	js_put_text(o, "backup_id", j->id);
	js_put_text(o, "started_at", info_time_text(j->started, when));
	js_put_number(o, "repositories", j->repositories);
	js_put_list(o, "databases", &j->databases);
	js_put_list(o, "directories", &j->directories);
	js_put_list(o, "lost", &j->lost);
	js_put_number(o, "lost_repositories", j->lost_repositories);
	js_put_list(o, "lost_buckets", &j->lost_buckets);
	js_line(out, o);
	buf_putc(out, '\n');
	json_object_put(o);
}

/* Writes text to the file NEW in dirfd.  Returns 0, or -1 with errno. */
static int
write_new(int dirfd, const struct buf *text)
{
	int fd, rc, saved;

	if (unlinkat(dirfd, NEW, 0) == -1 && errno != ENOENT)
		return -1;
	fd = openat(dirfd, NEW,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1)
		return -1;
	rc = io_write_all(fd, text->data, text->len);
	if (rc == 0)
		rc = fsync(fd);
	saved = errno;
	if (close(fd) == -1 && rc == 0)
		return -1;
	errno = saved;
	return rc;
}

/* Opens dir, which is made if need be; -1 with errno. */
static int
open_dir(const char *dir)
{
	char *parent;
	int rc;

	if (mkdir(dir, 0700) == 0) {
		parent = xasprintf("%s/..", dir);
		rc = io_sync_dir(AT_FDCWD, parent);
		free(parent);
		if (rc == -1)
			return -1;
	} else if (errno != EEXIST) {
		return -1;
	}
	return open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int
journal_write(const char *dir, const struct journal *j)
{
	struct buf text = {NULL, 0, 0};
	int fd, rc = PROG_FAILED;

	journal_json(j, &text);
	fd = open_dir(dir);
	if (fd == -1 || write_new(fd, &text) == -1 ||
	    renameat(fd, NEW, fd, NAME) == -1 || fsync(fd) == -1)
		warn("%s/" NAME, dir);
	else
		rc = PROG_DONE;
	if (fd != -1)
		close(fd);
	buf_free(&text);
	return rc;
}

int
journal_end(const char *dir)
{
	char *path = xasprintf("%s/" NAME, dir);
	int rc = PROG_DONE;

	/* What is left of the directory without a journal tells nothing. */
	if ((unlink(path) == -1 && errno != ENOENT) ||
	    (io_sync_dir(AT_FDCWD, dir) == -1 && errno != ENOENT) ||
	    io_remove_tree(AT_FDCWD, dir) == -1) {
		warn("%s", dir);
		rc = PROG_FAILED;
	}
	free(path);
	return rc;
}

bool
journal_keeps(const struct journal *j)
{
	return j->repositories || j->databases.n + j->directories.n > 0;
}

bool
journal_lost(const struct journal *j)
{
	return j->lost.n + j->lost_buckets.n > 0 || j->lost_repositories;
}

void
journal_free(struct journal *j)
{
	free(j->backup);
	free(j->id);
	list_free(&j->databases);
	list_free(&j->directories);
	list_free(&j->lost);
	list_free(&j->lost_buckets);
	*j = (struct journal){.phase = JOURNAL_NONE};
}
