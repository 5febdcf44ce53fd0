/* Verifies a tree of backups: every repository of it, many at a time. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/io.h"
#include "base/prog.h"
#include "base/status.h"
#include "base/text.h"
#include "git/examine.h"
#include "git/names.h"
#include "git/pool.h"
#include "git/result.h"
#include "git/scratch.h"
#include "git/survey.h"

struct job {
	struct pool_job queue; /* first, so that the pool's pointer is ours */
	struct list ids;
	char *storage, *path;
};

struct state {
	const struct survey *o;
	int root;
	struct list env, storages;
	struct scratch *scratch;
	struct examine *examines; /* one a worker */
	struct list dirs; /* the workers' scratch directories */
	struct pool *pool;
	struct pool_lane lane;
	uint64_t found; /* repositories */
	pthread_mutex_t lock; /* of stdout and status */
	bool deaf; /* nobody reads stdout: told once */
	int status; /* the worst so far */
};

/* Tells the result, and counts it.  Returns 0, or -1 to stop. */
static int
tell(struct state *s, const char *storage, const char *path, int rc,
    const struct capture_result *r)
{
	struct buf line = {NULL, 0, 0}, name = {NULL, 0, 0};
	int written = -1;

	if (scratch_ending(s->scratch))
		return -1;
	text_fold(&name, storage, strlen(storage));
	buf_putc(&name, '/');
	text_fold(&name, path, strlen(path));
	result_write(&line, storage, path, r);
	pthread_mutex_lock(&s->lock);
	if (!s->deaf && rc != PROG_DONE)
		warnx("%s: %s", buf_str(&name), buf_str(&r->error));
	if (!s->deaf)
		written = io_write_all(STDOUT_FILENO, line.data, line.len);
	if (written == -1) {
		if (!s->deaf)
			warn("standard output");
		s->deaf = true;
		rc = PROG_FAILED;
	}
	s->status = prog_worse(s->status, rc);
	pthread_mutex_unlock(&s->lock);
	status_add(0, 0, 1);
	buf_free(&line);
	buf_free(&name);
	return written;
}

/* Tells of something that is wrong with a name below a storage. */
static int
tell_damage(struct state *s, const char *storage, const char *path,
    const char *what, const char *why)
{
	struct capture_result r = {.status = CAPTURE_FAILED};
	char *p = text_line(path), *st = text_line(storage);
	int rc;

	if (what != NULL)
		text_fold(&r.error, what, strlen(what));
	buf_printf(&r.error, "%s%s", what != NULL ? ": " : "", why);
	rc = tell(s, st, p, PROG_DAMAGED, &r);
	buf_free(&r.error);
	free(p);
	free(st);
	return rc;
}

static void
drop(struct pool_job *queued)
{
	struct job *j = (struct job *)queued;

	list_free(&j->ids);
	free(j->storage);
	free(j->path);
	free(j);
}

/* Examines one repository.  A pool_fn. */
static int
work(void *arg, unsigned int worker, struct pool_job *queued)
{
	struct job *j = (struct job *)queued;
	struct capture_result r = {0};
	struct state *s = arg;
	int rc;

	rc = examine_repository(
	    &s->examines[worker], j->storage, j->path, &j->ids, &r);
	rc = tell(s, j->storage, j->path, rc, &r);
	buf_free(&r.error);
	drop(queued);
	return rc == -1;
}

/* A failure to read our way through the tree. */
static int
unreadable(struct state *s, const char *path)
{
	char *line = text_line(path);

	warn("%s/%s", s->o->tree, line);
	free(line);
	pthread_mutex_lock(&s->lock);
	s->status = PROG_FAILED;
	pthread_mutex_unlock(&s->lock);
	return -1;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/*
 * The names in the directory path ("" is the root) but for those that start
 * with a dot, sorted.  Returns 0, or -1 with errno.
 */
static int
read_dir(int root, const char *path, struct list *names)
{
	struct dirent *e;
	DIR *d = NULL;
	int fd, saved;

	fd = openat(root, *path != '\0' ? path : ".",
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd != -1)
		d = fdopendir(fd);
	if (d == NULL) {
		saved = errno;
		if (fd != -1)
			close(fd);
		errno = saved;
		return -1;
	}
	while ((errno = 0, e = readdir(d)) != NULL)
		if (*e->d_name != '.')
			list_add(names, e->d_name);
	saved = errno;
	closedir(d);
	if (names->n > 0)
		qsort(names->v, names->n, sizeof(*names->v), compare);
	errno = saved;
	return saved == 0 ? 0 : -1;
}

/* Gives a repository with manifests to the workers. */
static int
queue(struct state *s, const char *storage, const char *path, struct list *ids)
{
	struct job *j = xcalloc(1, sizeof(*j));

	j->queue.lane = &s->lane;
	j->storage = xstrdup(storage);
	j->path = xstrdup(path);
	j->ids = *ids;
	*ids = (struct list){NULL, 0};
	s->found++;
	if (pool_push(s->pool, &j->queue) == 0)
		return 0;
	drop(&j->queue);
	return -1;
}

/* A file among the manifests.  Its id joins ids if it is wanted. */
static int
manifest(struct state *s, const char *storage, const char *path,
    const char *name, struct list *ids)
{
	size_t n = strlen(name);

	if (text_ends(name, ".attrs")) /* of Gitaly 17.0, which nobody reads */
		return 0;
	if (!text_ends(name, ".toml") || *path == '\0')
		return tell_damage(
		    s, storage, path, name, "not a file of a backup");
	if (s->o->id == NULL ||
	    (strlen(s->o->id) == n - 5 && memcmp(s->o->id, name, n - 5) == 0))
		list_addf(ids, "%.*s", (int)(n - 5), name);
	return 0;
}

/*
 * Walks through the directory dir of manifests, "manifests/STORAGE/PATH".
 * Returns 0, or -1 to stop.
 */
static int
walk_manifests(struct state *s, const char *storage, const char *dir)
{
	const char *path = dir + strlen("manifests/") + strlen(storage);
	struct list names = {NULL, 0}, ids = {NULL, 0};
	struct stat st;
	char *sub;
	size_t i;
	int rc = 0;

	path += *path == '/';
	if (read_dir(s->root, dir, &names) == -1)
		rc = unreadable(s, dir);
	else if (names.n == 0 && *path != '\0')
		rc = tell_damage(s, storage, path, NULL, "no manifest");
	for (i = 0; rc == 0 && i < names.n; i++) {
		sub = xasprintf("%s/%s", dir, names.v[i]);
		if (fstatat(s->root, sub, &st, AT_SYMLINK_NOFOLLOW) == -1)
			rc = unreadable(s, sub);
		else if (S_ISDIR(st.st_mode))
			rc = walk_manifests(s, storage, sub);
		else
			rc = manifest(s, storage, path, names.v[i], &ids);
		free(sub);
	}
	if (rc == 0 && ids.n > 0)
		rc = queue(s, storage, path, &ids);
	list_free(&names);
	list_free(&ids);
	return rc;
}

/* Does a chain name the file? */
static bool
names_file(const struct chain *c, const char *file)
{
	const struct chain_step *s;

	for (s = c->steps; c->steps != NULL && s < c->steps + c->n_steps; s++)
		if (strcmp(s->ref_path, file) == 0 ||
		    (s->bundle_path != NULL &&
			strcmp(s->bundle_path, file) == 0) ||
		    (s->custom_hooks_path != NULL &&
			strcmp(s->custom_hooks_path, file) == 0))
			return true;
	return false;
}

/*
 * Is each of these files, which lie in STORAGE/PATH/ID, named by that id's
 * manifest?  If not, the manifest is lost, or a run was cut short.
 */
static int
check_owned(struct state *s, const char *storage, const char *dir,
    const struct list *files)
{
	const char *rel = dir + strlen(storage) + 1;
	const char *id = strrchr(rel, '/');
	struct buf why = {NULL, 0, 0};
	struct chain c = {0};
	enum chain_found found = CHAIN_NONE;
	char *path, *file;
	size_t i;
	int rc = 0;

	path = id != NULL ? xstrndup(rel, (size_t)(id - rel)) : xstrdup(rel);
	if (id != NULL)
		found =
		    chain_read(s->root, storage, path, id + 1, NULL, &c, &why);
	/* One that cannot be read has been told of already. */
	for (i = 0; rc == 0 && (found == CHAIN_READ || found == CHAIN_NONE) &&
	     i < files->n;
	     i++) {
		file = xasprintf("%s/%s", dir, files->v[i]);
		if (!text_ends(file, ".attrs") &&
		    (found == CHAIN_NONE || !names_file(&c, file)))
			rc = tell_damage(
			    s, storage, path, file, "no manifest names it");
		free(file);
	}
	free(path);
	buf_free(&why);
	chain_free(&c);
	return rc;
}

/* Walks through the directory dir of a storage. */
static int
walk_storage(struct state *s, const char *storage, const char *dir)
{
	struct list names = {NULL, 0}, files = {NULL, 0};
	struct stat st;
	char *sub;
	size_t i;
	int rc = 0;

	if (read_dir(s->root, dir, &names) == -1)
		rc = unreadable(s, dir);
	for (i = 0; rc == 0 && i < names.n; i++) {
		sub = xasprintf("%s/%s", dir, names.v[i]);
		if (fstatat(s->root, sub, &st, AT_SYMLINK_NOFOLLOW) == -1)
			rc = unreadable(s, sub);
		else if (S_ISDIR(st.st_mode))
			rc = walk_storage(s, storage, sub);
		else
			list_add(&files, names.v[i]);
		free(sub);
	}
	if (rc == 0 && files.n > 0 && strcmp(dir, storage) == 0)
		rc = tell_damage(
		    s, storage, files.v[0], NULL, "not a file of a backup");
	else if (rc == 0 && files.n > 0)
		rc = check_owned(s, storage, dir, &files);
	list_free(&names);
	list_free(&files);
	return rc;
}

/* What stands at the top of the tree beside the storages' manifests. */
static int
walk_top(struct state *s)
{
	struct list names = {NULL, 0};
	char *line;
	size_t i;
	int rc = 0;

	if (read_dir(s->root, "", &names) == -1)
		rc = unreadable(s, ".");
	for (i = 0; rc == 0 && i < names.n; i++) {
		if (strcmp(names.v[i], "manifests") == 0 ||
		    strcmp(names.v[i], "backup_ids") == 0)
			continue;
		if (list_has(&s->storages, names.v[i])) {
			rc = walk_storage(s, names.v[i], names.v[i]);
			continue;
		}
		line = text_line(names.v[i]);
		warnx("%s/%s: not verified: no manifest is of this storage",
		    s->o->tree, line);
		free(line);
		pthread_mutex_lock(&s->lock);
		s->status = prog_worse(s->status, PROG_PARTIAL);
		pthread_mutex_unlock(&s->lock);
	}
	list_free(&names);
	return rc;
}

/* Verifies everything.  Each way to stop has set the status. */
static void
walk(struct state *s)
{
	char *dir;
	size_t i;
	int rc = 0;

	if (read_dir(s->root, "manifests", &s->storages) == -1) {
		if (errno != ENOENT) {
			unreadable(s, "manifests");
			return;
		}
	}
	for (i = 0; rc == 0 && i < s->storages.n; i++) {
		dir = xasprintf("manifests/%s", s->storages.v[i]);
		rc = walk_manifests(s, s->storages.v[i], dir);
		free(dir);
	}
	if (rc == 0)
		rc = walk_top(s);
	if (rc != 0)
		pool_stop(s->pool);
	pool_wait(s->pool);
	if (rc == 0 && s->found == 0 && s->o->id != NULL) {
		warnx("%s: no backup %s", s->o->tree, s->o->id);
		s->status = prog_worse(s->status, PROG_DAMAGED);
	}
}

/* Everything that can fail before the first repository.  Returns 0 or -1. */
static int
prepare(struct state *s)
{
	unsigned int i;

	run_environment(&s->env);
	s->root = open(s->o->tree, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->root == -1) {
		warn("%s", s->o->tree);
		return -1;
	}
	s->scratch = scratch_new(NULL, "glb-repos");
	if (s->scratch == NULL)
		return -1;
	s->examines = xcalloc(s->o->jobs, sizeof(*s->examines));
	for (i = 0; i < s->o->jobs; i++) {
		list_addf(&s->dirs, "%s/%u", scratch_path(s->scratch), i);
		if (mkdir(s->dirs.v[i], 0700) == -1) {
			warn("%s", s->dirs.v[i]);
			return -1;
		}
		s->examines[i] =
		    (struct examine){s->root, s->dirs.v[i], &s->env};
	}
	s->pool = pool_new(s->o->jobs, 0, work, drop, s);
	return s->pool == NULL ? -1 : 0;
}

int
survey_run(const struct survey *o)
{
	struct state s = {.o = o, .root = -1, .status = PROG_FAILED};

	pthread_mutex_init(&s.lock, NULL);
	if (prepare(&s) == 0) {
		s.status = PROG_DONE;
		walk(&s);
		pool_free(s.pool);
	}
	if (s.root != -1)
		close(s.root);
	scratch_free(s.scratch);
	free(s.examines);
	list_free(&s.dirs);
	list_free(&s.storages);
	list_free(&s.env);
	pthread_mutex_destroy(&s.lock);
	return s.status;
}
