/* Verifies a backup: finds every damage that its files can show. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/js.h"
#include "base/prog.h"
#include "base/status.h"
#include "base/text.h"
#include "git/pool.h"
#include "proc/child.h"
#include "store/content.h"
#include "store/expect.h"
#include "store/info.h"
#include "store/part.h"
#include "store/report.h"
#include "store/sums.h"
#include "store/verify.h"
#include "store/verify_repos.h"

/* A file to be read, or the tree of repositories. */
struct job {
	struct pool_job queue; /* first, so that the pool's pointer is ours */
	uint64_t bytes;
	char hex[HASH_HEX]; /* "": there is no sum */
	char name[]; /* "": all repositories */
};

struct state {
	const char *dir;
	const struct list *only; /* parts to be looked at; empty: all */
	char *found; /* for each of them: has it a file? */
	struct findings *out;
	json_object *report; /* or NULL */
	struct expect *sums; /* or NULL */
	const char *due; /* the next name of the sums, or NULL */
	char hex[HASH_HEX]; /* its sum */
	struct pool *pool; /* NULL: a quick look */
	struct pool_lane lane;
	struct buf name; /* of what is being looked at, below dir */
};

static void
damaged(struct state *s, const char *file, const char *checked, const char *why)
{
	findings_add(s->out, file, checked, 0, FINDING_DAMAGED, why);
}

/* How much of a file is looked at. */
enum look { LOOK_AWAY, LOOK_AT_NAME, LOOK_INSIDE };

static enum look
look(const struct state *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->only->n; i++)
		if (part_has(s->only->v[i], name))
			return LOOK_INSIDE;
	if (s->only->n == 0 || strcmp(name, INFO_FILE) == 0 ||
	    strcmp(name, REPORT_FILE) == 0)
		return LOOK_INSIDE;
	return part_any(name) ? LOOK_AWAY : LOOK_AT_NAME;
}

/* The parts that the file belongs to are there, or should be. */
static void
note_part(struct state *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->only->n; i++)
		if (part_has(s->only->v[i], name))
			s->found[i] = 1;
}

static void
drop(struct pool_job *queued)
{
	free((struct job *)queued);
}

/* Reads one file, or has the repositories read.  A pool_fn. */
static int
work(void *arg, unsigned int worker, struct pool_job *queued)
{
	struct job *j = (struct job *)queued;
	struct buf why = {NULL, 0, 0};
	struct state *s = arg;
	enum finding verdict;
	const char *checked;
	uint64_t content;

	(void)worker;
	if (*j->name == '\0') {
		verify_repositories(s->dir, s->out);
	} else {
		verdict = content_check(s->dir, j->name,
		    *j->hex != '\0' ? j->hex : NULL, &why, &content);
		checked = content_checked(content_of(j->name), *j->hex != '\0');
		if (verdict == FINDING_OK)
			findings_add_sound(
			    s->out, j->name, checked, j->bytes, content);
		else
			findings_add(s->out, j->name, checked, j->bytes,
			    verdict, buf_str(&why));
		status_add(0, 0, 1);
	}
	buf_free(&why);
	drop(queued);
	return 0;
}

/* Gives a file to the workers, hex is "" if there is no sum. */
static void
queue(struct state *s, const char *name, const char *hex, uint64_t bytes)
{
	struct job *j = xmalloc(sizeof(*j) + strlen(name) + 1);

	j->queue.lane = &s->lane;
	j->bytes = bytes;
	strcpy(j->hex, hex);
	strcpy(j->name, name);
	if (pool_push(s->pool, &j->queue) == -1)
		free(j);
}

/* The size that the report tells of the file called name; 0: it does not. */
static uint64_t
told_size(const struct state *s, const char *name)
{
	json_object *job = report_job(s->report, name);

	return job != NULL ? js_number(job, "bytes_out") : 0;
}

/* A file of a backup that has no sums, of a part or of none. */
static void
without_sum(struct state *s, const char *name, uint64_t bytes)
{
	enum content c = content_of(name);

	if (c == CONTENT_ANY)
		findings_add(s->out, name, "name", bytes, FINDING_UNCHECKED,
		    "not a file that a backup is known to have");
	else if (s->pool != NULL && c != CONTENT_TREE)
		queue(s, name, "", bytes);
	else
		findings_add(s->out, name, "name", bytes, FINDING_OK, NULL);
}

/* The next name of the sums that is to be looked at. */
static void
next_due(struct state *s)
{
	while (s->sums != NULL &&
	    (s->due = expect_next(s->sums, s->hex)) != NULL &&
	    look(s, s->due) == LOOK_AWAY)
		continue;
	if (s->due != NULL)
		note_part(s, s->due);
}

/* One file that is there: s->name. */
static void
meet(struct state *s, const struct stat *st)
{
	const char *name = buf_str(&s->name);
	uint64_t bytes = (uint64_t)st->st_size, told = told_size(s, name);
	int before;

	note_part(s, name);
	while (s->due != NULL && (before = expect_compare(s->due, name)) < 0) {
		damaged(s, s->due, "name", "missing");
		next_due(s);
	}
	if (!S_ISREG(st->st_mode)) {
		damaged(s, name, "name", "not a file");
	} else if (told != 0 && told != bytes) {
		damaged(s, name, "size", "not the size that the report tells");
	} else if (s->sums == NULL) {
		if (strcmp(name, INFO_FILE) != 0 &&
		    strcmp(name, REPORT_FILE) != 0)
			without_sum(s, name, bytes);
	} else if (s->due == NULL || strcmp(s->due, name) != 0) {
		damaged(s, name, "name", "not in " SUMS_FILE);
		return;
	} else if (s->pool != NULL && look(s, name) == LOOK_INSIDE) {
		queue(s, name, s->hex, bytes);
	} else {
		findings_add(s->out, name, told != 0 ? "name size" : "name",
		    bytes, FINDING_OK, NULL);
	}
	if (s->due != NULL && strcmp(s->due, name) == 0)
		next_due(s);
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in the directory fd, which is closed, sorted; *d is, too. */
static int
read_names(int fd, struct list *names, DIR **d)
{
	struct dirent *e;

	*d = fdopendir(fd);
	if (*d == NULL) {
		close(fd);
		return -1;
	}
	while ((errno = 0, e = readdir(*d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			list_add(names, e->d_name);
	if (names->n > 0)
		qsort(names->v, names->n, sizeof(*names->v), compare);
	return errno == 0 ? 0 : -1;
}

static void walk(struct state *s, int fd);

/* An entry of the directory dir: its name stands in s->name. */
static void
visit(struct state *s, int dir, const char *entry)
{
	struct stat st;
	int fd = -1, rc;

	/* A site without repositories has none in the tree either. */
	if (strcmp(buf_str(&s->name), "repositories") == 0)
		note_part(s, "repositories");
	if (look(s, buf_str(&s->name)) == LOOK_AWAY)
		return;
	rc = fstatat(dir, entry, &st, AT_SYMLINK_NOFOLLOW);
	if (rc == 0 && S_ISDIR(st.st_mode))
		rc = fd = openat(dir, entry,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (rc == -1)
		findings_add(s->out, buf_str(&s->name), "name", 0,
		    FINDING_UNREADABLE, strerror(errno));
	else if (fd != -1)
		walk(s, fd);
	else
		meet(s, &st);
}

/* Everything in the directory fd, which is closed. */
static void
walk(struct state *s, int fd)
{
	struct list names = {NULL, 0};
	size_t length = s->name.len, i;
	DIR *d;

	if (read_names(fd, &names, &d) == -1)
		findings_add(s->out, length > 0 ? buf_str(&s->name) : ".",
		    "name", 0, FINDING_UNREADABLE, strerror(errno));
	for (i = 0; i < names.n; i++) {
		if (length == 0 &&
		    (*names.v[i] == '.' || strcmp(names.v[i], SUMS_FILE) == 0))
			continue;
		if (length > 0)
			buf_putc(&s->name, '/');
		buf_puts(&s->name, names.v[i]);
		visit(s, dirfd(d), names.v[i]);
		s->name.len = length;
		s->name.data[length] = '\0';
	}
	if (d != NULL)
		closedir(d);
	list_free(&names);
}

/* The last part of the directory's real path. */
static char *
real_name(const char *dir)
{
	char real[PATH_MAX], *slash;

	if (realpath(dir, real) == NULL)
		return NULL;
	slash = strrchr(real, '/');
	return xstrdup(slash + 1);
}

/* backup_information.json, and what the directory should be called. */
static void
check_information(struct state *s)
{
	char *name = real_name(s->dir);
	struct info i;
	int rc;

	rc = info_read(s->dir, &i);
	if (rc == PROG_DONE &&
	    (i.created_at == NULL || i.created == -1 ||
		i.gitlab_version == NULL)) {
		warnx("%s: no created_at or gitlab_version", INFO_FILE);
		rc = PROG_DAMAGED;
	}
	if (rc != PROG_DONE || s->sums == NULL)
		findings_add(s->out, INFO_FILE, "keys", 0,
		    rc == PROG_DONE ? FINDING_OK : FINDING_DAMAGED, NULL);
	if (rc == PROG_DONE && name != NULL && strcmp(name, i.backup_id) != 0)
		warnx("%s: is the backup %s under another name", s->dir,
		    i.backup_id);
	info_free(&i);
	free(name);
}

/* The report, which every backup of ours has. */
static void
check_report(struct state *s)
{
	s->report = report_read(s->dir);
	if (s->report != NULL && *js_string(s->report, "status") == '\0')
		damaged(s, REPORT_FILE, "keys", "no status");
	else if (s->report != NULL && s->sums == NULL)
		findings_add(s->out, REPORT_FILE, "keys", 0, FINDING_OK, NULL);
	else if (s->report == NULL && errno != ENOENT)
		damaged(s, REPORT_FILE, "keys", NULL);
}

/* The sums, which have to be opened before the walk. */
static void
open_sums(struct state *s)
{
	char *report = xasprintf("%s/%s", s->dir, REPORT_FILE);

	s->sums = expect_open(s->dir);
	if (s->sums == NULL && errno == ELOOP)
		damaged(s, SUMS_FILE, "name", "not a file");
	else if (s->sums == NULL && errno != ENOENT)
		findings_add(s->out, SUMS_FILE, "lines", 0, FINDING_UNREADABLE,
		    strerror(errno));
	else if (s->sums == NULL && access(report, F_OK) == 0)
		damaged(s, SUMS_FILE, "name", "missing");
	else if (s->sums == NULL)
		findings_no_sums(s->out);
	next_due(s);
	free(report);
}

/* After the walk: what is still due, and whether all lines were sound. */
static void
close_sums(struct state *s)
{
	const char *wrong;
	int error;

	while (s->due != NULL) {
		damaged(s, s->due, "name", "missing");
		next_due(s);
	}
	if (s->sums == NULL)
		return;
	wrong = expect_wrong(s->sums, &error);
	findings_add(s->out, SUMS_FILE, "lines", 0,
	    wrong == NULL    ? FINDING_OK
		: error == 0 ? FINDING_DAMAGED
			     : FINDING_UNREADABLE,
	    wrong);
	expect_close(s->sums);
}

/* Repositories that no file of the backup is of. */
static void
check_server_side(struct state *s)
{
	if (!report_server_side(s->report) ||
	    look(s, "repositories") != LOOK_INSIDE)
		return;
	note_part(s, "repositories");
	findings_add_part(s->out, "repositories", "name", FINDING_UNCHECKED,
	    "in Gitaly's own object storage, where nothing of it is verified");
}

/* Tells of objects that are in no file of the backup. */
static void
tell_buckets(const struct state *s)
{
	json_object *all = NULL, *o;
	char *kind, *sink;
	size_t i;

	/* Whoever asks for parts asks for files. */
	if (s->report != NULL && s->only->n == 0)
		all = js_array(s->report, "object_storage");
	for (i = 0; all != NULL && i < json_object_array_length(all); i++) {
		o = json_object_array_get_idx(all, i);
		kind = text_line(js_string(o, "kind"));
		sink = text_line(js_string(o, "sink"));
		warnx("%s: objects are in %s, where none of them is verified",
		    kind, sink);
		free(kind);
		free(sink);
	}
}

/* Adds the parts that were asked for and are nowhere. */
static void
add_absent(struct state *s)
{
	size_t i;

	for (i = 0; i < s->only->n; i++)
		if (!s->found[i])
			findings_add_part(s->out, s->only->v[i], "name",
			    FINDING_ABSENT, "the backup does not have it");
}

/* Starts the workers, the longest job first. */
static int
start(struct state *s)
{
	char *tree;

	child_forward_signals();
	s->pool = pool_new(pool_default(), 0, work, drop, s);
	if (s->pool == NULL)
		return -1;
	tree = xasprintf("%s/repositories", s->dir);
	if (look(s, "repositories") == LOOK_INSIDE && access(tree, F_OK) == 0)
		queue(s, "", "", 0);
	free(tree);
	return 0;
}

int
verify_backup(const char *dir, const struct list *only, int quick, int json)
{
	struct state s = {.dir = dir, .only = only};
	int fd, rc = PROG_FAILED;

	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1) {
		warn("%s", dir);
		return PROG_FAILED;
	}
	s.out = findings_new(dir, only, quick, json);
	s.found = xcalloc(only->n + 1, 1);
	if (quick || start(&s) == 0) {
		rc = PROG_DONE;
		open_sums(&s);
		check_information(&s);
		check_report(&s);
		check_server_side(&s);
		tell_buckets(&s);
		walk(&s, fd);
		close_sums(&s);
		add_absent(&s);
		pool_free(s.pool);
	} else {
		close(fd);
	}
	rc = prog_worse(rc, findings_end(s.out));
	json_object_put(s.report);
	buf_free(&s.name);
	free(s.found);
	return rc;
}
