/* Examines the backup of one repository: is all of it there, and sound? */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/io.h"
#include "base/prog.h"
#include "base/status.h"
#include "base/text.h"
#include "git/bundle.h"
#include "git/examine.h"
#include "git/layout.h"
#include "tar/check.h"

/* A step that has been examined: later manifests name it again. */
struct seen {
	char *ref_path, *bundle_path;
	struct bundle refs;
};

/* One repository's examination. */
struct exam {
	const struct examine *e;
	struct capture_result *r;
	FILE *oids; /* all object ids that any file names */
	struct seen *seen;
	size_t n_seen;
	const char *format; /* of the scratch repository; NULL: none yet */
};

/* The reason, behind the name of the file that it is about.  Returns rc. */
static int
blame(struct exam *x, int rc, const char *file, const char *why)
{
	buf_printf(&x->r->error, "%s: ", file);
	text_fold(&x->r->error, why, strlen(why));
	return rc;
}

/* A file could not be opened, as errno says.  Returns a status. */
static int
cannot_open(struct exam *x, const char *file)
{
	int saved = errno, rc = PROG_DAMAGED;

	if (saved == EACCES || saved == EPERM || saved == EIO ||
	    saved == EMFILE || saved == ENFILE || saved == ENOSPC)
		rc = PROG_FAILED;
	return blame(x, rc, file, chain_reason(saved));
}

static size_t
digits_of(const char *format)
{
	return strcmp(format, "sha256") == 0 ? 64 : 40;
}

/* Writes text to the file name in the scratch repository. */
static int
write_text(int dir, const char *name, const char *text)
{
	int fd, rc;

	fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd == -1)
		return -1;
	rc = io_write_all(fd, text, strlen(text));
	return close(fd) == -1 ? -1 : rc;
}

/*
 * Makes the empty repository that packs are unpacked into.  By hand, as git
 * init would cost as much time as the packs of most repositories.
 */
static int
make_scratch(struct exam *x, const char *format)
{
	char *config;
	int dir, rc = -1;

	config = xasprintf("[core]\n\tbare = true\n"
			   "\trepositoryformatversion = %d\n%s",
	    digits_of(format) == 64,
	    digits_of(format) == 64 ? "[extensions]\n\tobjectformat = sha256\n"
				    : "");
	dir = open(x->e->scratch, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir != -1 && io_mkdirs(dir, "repo/objects", 0700) == 0 &&
	    io_mkdirs(dir, "repo/refs", 0700) == 0 &&
	    write_text(dir, "repo/HEAD", "ref: refs/heads/main\n") == 0 &&
	    write_text(dir, "repo/config", config) == 0)
		rc = 0;
	if (rc == -1)
		blame(x, -1, x->e->scratch, strerror(errno));
	if (dir != -1)
		close(dir);
	free(config);
	x->format = format;
	return rc;
}

/* Is the scratch directory's file system full?  Then nothing is proved. */
static bool
is_full(const struct exam *x)
{
	static const char block[IO_SIZE];
	char *name = xasprintf("%s/full", x->e->scratch);
	int fd, rc = -1;

	fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd != -1) {
		rc = io_write_all(fd, block, sizeof(block));
		close(fd);
		unlink(name);
	}
	free(name);
	return rc == -1;
}

/* Runs git in the scratch repository.  Returns a status. */
static int
run_git(struct exam *x, struct run *r, const char *file, const char *verb,
    const char *args)
{
	struct buf why = {NULL, 0, 0};
	struct list argv = {NULL, 0};
	int rc = PROG_DONE, status;

	list_add(&argv, "git");
	list_addf(&argv, "--git-dir=%s/repo", x->e->scratch);
	list_add(&argv, verb);
	list_split(&argv, args);
	r->env = x->e->env;
	status = run(r, argv.v, verb, &why);
	if (status != 0 && is_full(x))
		rc = blame(x, PROG_FAILED, x->e->scratch,
		    "no space left to examine it");
	else if (status != 0)
		rc = blame(x, status == -1 ? PROG_FAILED : PROG_DAMAGED, file,
		    buf_str(&why));
	list_free(&argv);
	buf_free(&why);
	return rc;
}

/*
 * index-pack works every object out, compares the pack's own checksum, which
 * holds whether or not there are other sums of the file, and refuses a file
 * that goes on behind the pack.
 */
static int
examine_pack(struct exam *x, const char *file, int fd)
{
	struct buf name = {NULL, 0, 0};
	struct run r = {.in = fd, .out = -1, .text = &name};
	int rc;

	rc = run_git(x, &r, file, "index-pack", "--stdin,--fix-thin");
	buf_free(&name);
	return rc;
}

static int
examine_bundle(struct exam *x, const char *file, size_t digits)
{
	int fd, rc = PROG_DONE;
	const char *wrong;
	struct bundle b;

	fd = chain_open(x->e->root, file);
	if (fd == -1)
		return cannot_open(x, file);
	wrong = bundle_header(fd, digits, x->oids, &b);
	x->r->bytes += b.bytes;
	if (wrong != NULL)
		rc = blame(
		    x, errno != 0 ? PROG_FAILED : PROG_DAMAGED, file, wrong);
	else if (!b.empty)
		rc = examine_pack(x, file, fd);
	close(fd);
	status_add(b.bytes, 0, 0);
	return rc;
}

/* The hooks need not be there; if they are, they are a whole archive. */
static int
examine_hooks(struct exam *x, const char *file)
{
	int fd, rc = PROG_DONE;
	const char *wrong;
	struct stat st;

	fd = chain_open(x->e->root, file);
	if (fd == -1)
		return errno == ENOENT ? PROG_DONE : cannot_open(x, file);
	/* Gitaly takes no bytes at all for an empty directory. */
	if (fstat(fd, &st) == 0 && st.st_size > 0) {
		x->r->bytes += (uint64_t)st.st_size;
		wrong = tar_check(fd);
		if (wrong != NULL)
			rc = blame(x, errno != 0 ? PROG_FAILED : PROG_DAMAGED,
			    file, wrong);
	}
	close(fd);
	return rc;
}

/* The same step in an earlier manifest, or NULL. */
static const struct seen *
find_seen(const struct exam *x, const struct chain_step *s)
{
	const char *bundle = s->bundle_path != NULL ? s->bundle_path : "";
	size_t i;

	for (i = x->n_seen; i-- > 0;)
		if (strcmp(x->seen[i].ref_path, s->ref_path) == 0 &&
		    strcmp(x->seen[i].bundle_path, bundle) == 0)
			return &x->seen[i];
	return NULL;
}

static void
remember(struct exam *x, const struct chain_step *s, const struct bundle *b)
{
	const char *bundle = s->bundle_path != NULL ? s->bundle_path : "";

	x->seen = xreallocarray(x->seen, x->n_seen + 1, sizeof(*x->seen));
	x->seen[x->n_seen++] =
	    (struct seen){xstrdup(s->ref_path), xstrdup(bundle), *b};
}

/* Reads the list of references into *b, and examines what it needs. */
static int
examine_new(struct exam *x, const struct chain *c, const struct chain_step *s,
    size_t digits, struct bundle *b)
{
	int fd, rc = PROG_DONE;
	const char *wrong;

	fd = chain_open_refs(x->e->root, c, s);
	if (fd == -1)
		return cannot_open(x, s->ref_path);
	wrong = bundle_refs(fd, digits, x->oids, b);
	close(fd);
	if (wrong != NULL)
		return blame(x, errno != 0 ? PROG_FAILED : PROG_DAMAGED,
		    s->ref_path, wrong);
	x->r->bytes += chain_in_header(c, s) ? 0 : b->bytes;
	if (b->lines > 0 && s->bundle_path == NULL)
		return blame(
		    x, PROG_DAMAGED, s->ref_path, "references, but no bundle");
	if (b->lines > 0)
		rc = examine_bundle(x, s->bundle_path, digits);
	if (rc == PROG_DONE && s->custom_hooks_path != NULL)
		rc = examine_hooks(x, s->custom_hooks_path);
	return rc;
}

static int
examine_step(struct exam *x, const struct chain *c, const struct chain_step *s,
    size_t digits)
{
	const struct seen *seen = find_seen(x, s);
	struct bundle b = {0};
	int rc = PROG_DONE;

	if (seen != NULL) {
		b = seen->refs;
	} else {
		rc = examine_new(x, c, s, digits, &b);
		remember(x, s, &b);
	}
	x->r->refs = b.refs;
	x->r->status = b.lines > 0 ? CAPTURE_OK : CAPTURE_EMPTY;
	return rc;
}

/* Reads one backup's chain; id is NULL for that of the newest. */
static int
read_chain(
    struct exam *x, const struct subject *s, const char *id, struct chain *c)
{
	struct buf why = {NULL, 0, 0};
	enum chain_found found;

	if (s->layout == CHAIN_LEGACY)
		found = layout_legacy(x->e->root, s->path, c, &why);
	else if (s->layout == CHAIN_POINTER)
		found = layout_pointer(x->e->root, s->path, id, c, &why);
	else
		found = chain_read(
		    x->e->root, s->storage, s->path, id, NULL, c, &why);
	if (found != CHAIN_READ && s->layout == CHAIN_MANIFEST)
		buf_printf(&x->r->error,
		    "manifests/%s/%s/%s.toml: ", s->storage, s->path, id);
	if (found != CHAIN_READ)
		text_fold(&x->r->error, buf_str(&why), why.len);
	buf_free(&why);
	return found == CHAIN_READ	? PROG_DONE
	    : found == CHAIN_UNREADABLE ? PROG_FAILED
					: PROG_DAMAGED;
}

/* Looks whether the packs have every object that is named. */
static int
examine_objects(struct exam *x)
{
	struct run r = {.in = fileno(x->oids), .out = -1};
	FILE *found = tmpfile();
	char *line = NULL;
	size_t size = 0;
	int rc;

	if (found == NULL || fflush(x->oids) == EOF ||
	    lseek(r.in, 0, SEEK_SET) == -1) {
		rc = blame(x, PROG_FAILED, "temporary file", strerror(errno));
	} else {
		r.out = fileno(found);
		rc = run_git(x, &r, "objects", "cat-file", "--batch-check");
		rewind(found);
	}
	while (rc == PROG_DONE && getline(&line, &size, found) > 0)
		if (text_ends(line, " missing\n"))
			rc = blame(x, PROG_DAMAGED, "objects", line);
	if (found != NULL)
		fclose(found);
	free(line);
	return rc;
}

/* Forgets what was examined, and removes the scratch repository. */
static int
forget(struct exam *x)
{
	char *repo = xasprintf("%s/repo", x->e->scratch);
	int rc = PROG_DONE;

	if (x->format != NULL && io_remove_tree(AT_FDCWD, repo) == -1)
		rc = blame(x, PROG_FAILED, repo, strerror(errno));
	free(repo);
	x->format = NULL;
	while (x->n_seen > 0) {
		x->n_seen--;
		free(x->seen[x->n_seen].ref_path);
		free(x->seen[x->n_seen].bundle_path);
	}
	return rc;
}

/*
 * Gets a scratch repository of the format.  A repository that was made anew
 * may have backups of another one: with those it is done then.
 */
static int
set_format(struct exam *x, const char *format)
{
	int rc = PROG_DONE;

	if (x->format != NULL && strcmp(x->format, format) == 0)
		return PROG_DONE;
	if (x->n_seen > 0)
		rc = examine_objects(x);
	rc = prog_worse(rc, forget(x));
	if (rc != PROG_DONE)
		return rc;
	rewind(x->oids);
	if (ftruncate(fileno(x->oids), 0) == -1)
		return blame(x, PROG_FAILED, "temporary file", strerror(errno));
	return make_scratch(x, format) == -1 ? PROG_FAILED : PROG_DONE;
}

/* Examines one backup and all that is in it. */
static int
examine_id(struct exam *x, const struct subject *s, const char *id)
{
	struct chain c;
	size_t i;
	int rc;

	rc = read_chain(x, s, id, &c);
	if (rc == PROG_DONE && c.non_existent)
		x->r->status = CAPTURE_MISSING;
	else if (rc == PROG_DONE)
		rc = set_format(
		    x, digits_of(c.object_format) == 64 ? "sha256" : "sha1");
	for (i = 0; rc == PROG_DONE && !c.non_existent && i < c.n_steps; i++)
		rc = examine_step(
		    x, &c, &c.steps[i], digits_of(c.object_format));
	x->r->steps = c.n_steps;
	chain_free(&c);
	return rc;
}

int
examine_repository(
    const struct examine *e, const struct subject *s, struct capture_result *r)
{
	struct exam x = {.e = e, .r = r};
	int rc = PROG_DONE;
	size_t i;

	x.oids = tmpfile();
	if (x.oids == NULL)
		rc = blame(&x, PROG_FAILED, "temporary file", strerror(errno));
	for (i = 0; rc == PROG_DONE && i < s->ids.n; i++)
		rc = examine_id(&x, s, s->ids.v[i]);
	if (rc == PROG_DONE && s->layout != CHAIN_MANIFEST && s->latest)
		rc = examine_id(&x, s, NULL);
	if (rc == PROG_DONE && x.n_seen > 0)
		rc = examine_objects(&x);
	rc = prog_worse(rc, forget(&x));
	if (x.oids != NULL)
		fclose(x.oids);
	free(x.seen);
	if (rc != PROG_DONE)
		r->status = CAPTURE_FAILED;
	return rc;
}
