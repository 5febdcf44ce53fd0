/* Runs git and tar on a repository: alone with it, and as its owner. */
/* SPDX-License-Identifier: MIT */
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "git/run.h"

#define TEXT_MAX 65536 /* bytes of a child's output that are kept */
#define REASON_MAX 1000 /* bytes of its last line that are told */

/*
 * Settings that win over the repository's own.  Through the environment, not
 * -c, so that ps(1) shows what git is doing.
 */
static const char *const config[][2] = {
    {"core.attributesFile", "/dev/null"},
    {"core.bigFileThreshold", "50m"}, /* Gitaly's: no deltas beyond */
    {"core.fsmonitor", "false"}, {"core.hooksPath", "/dev/null"},
    {"gc.auto", "0"}, {"maintenance.auto", "0"},
    {"pack.threads", "1"}, /* the repositories are what runs in parallel */
    {"pack.windowMemory", "100m"}, /* Gitaly's */
};

static const char *const fixed[] = {
    "GIT_CONFIG_GLOBAL=/dev/null",
    "GIT_CONFIG_SYSTEM=/dev/null",
    "GIT_CONFIG_NOSYSTEM=1",
    "GIT_ATTR_NOSYSTEM=1",
    "GIT_NO_REPLACE_OBJECTS=1",
    "GIT_GRAFT_FILE=/dev/null",
    /* An empty name: the cut ends of a shallow repository are missing. */
    "GIT_SHALLOW_FILE=",
    /* Objects that only a remote has are missing, too. */
    "GIT_NO_LAZY_FETCH=1",
    "GIT_ALLOW_PROTOCOL=",
    "GIT_TERMINAL_PROMPT=0",
    "GIT_OPTIONAL_LOCKS=0",
    "LC_ALL=C",
    /*
     * glibc's: git frees and takes again zlib's 256 KiB for each object, which
     * is an eighth of what packing a small repository costs if the kernel gets
     * them back each time.
     */
    "MALLOC_TRIM_THRESHOLD_=16777216",
    "MALLOC_MMAP_THRESHOLD_=4194304",
};

void
run_environment(struct list *env)
{
	size_t i, n = sizeof(config) / sizeof(config[0]);
	char **e, *name;

	for (e = environ; *e != NULL;) {
		if (!text_starts(*e, "GIT_")) {
			e++;
			continue;
		}
		name = strndup(*e, strcspn(*e, "="));
		if (name == NULL || unsetenv(name) == -1)
			e++;
		free(name);
	}
	for (i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		list_add(env, fixed[i]);
	for (i = 0; i < n; i++) {
		list_addf(env, "GIT_CONFIG_KEY_%zu=%s", i, config[i][0]);
		list_addf(env, "GIT_CONFIG_VALUE_%zu=%s", i, config[i][1]);
	}
	list_addf(env, "GIT_CONFIG_COUNT=%zu", n);
}

int
run_as(
    struct run_owner *o, const struct stat *st, const struct child_user **user)
{
	*user = NULL;
	if (geteuid() != 0 || st->st_uid == 0)
		return 0;
	if (!o->known || o->user.uid != st->st_uid) {
		run_owner_free(o);
		if (child_user_owner(st->st_uid, st->st_gid, &o->user) == -1)
			return -1;
		o->known = true;
	}
	*user = &o->user;
	return 0;
}

void
run_owner_free(struct run_owner *o)
{
	child_user_free(&o->user);
	o->known = false;
}

/* Lines of a program's stderr; NULL: there is none. */
struct said {
	const char *last;
	const char *fatal; /* without its "fatal: " */
	const char *complaint; /* git left something out, and went on */
	const char *pool; /* objects that it borrows cannot be borrowed */
};

/*
 * Is it that the objects of another repository are not there?  That may do no
 * harm; but if git then fails, this is why.
 */
static bool
is_pool(const char *line)
{
	return text_starts(line, "error: object directory ") ||
	    text_starts(line, "error: unable to normalize alternate ");
}

/* Finds the lines, cutting err into pieces. */
static struct said
understand(struct buf *err)
{
	struct said s = {NULL, NULL, NULL, NULL};
	char *p, *next;

	for (p = err->data; p != NULL; p = next) {
		next = strchr(p, '\n');
		/* "fatal: unknown repository extension found:", and which */
		while (next != NULL && next[1] == '\t')
			next = strchr(next + 1, '\n');
		if (next != NULL)
			*next++ = '\0';
		/* The last words of tar, which say nothing. */
		if (*p == '\0' || text_ends(p, " due to previous errors"))
			continue;
		s.last = p;
		if (text_starts(p, "fatal: "))
			s.fatal = p + strlen("fatal: ");
		if (is_pool(p))
			s.pool = p;
		else if (s.complaint == NULL &&
		    (text_starts(p, "error: ") ||
			text_starts(p, "warning: ignoring ")))
			s.complaint = p;
	}
	return s;
}

int
run(const struct run *r, char *const argv[], const char *name, struct buf *why)
{
	struct child_spec spec = CHILD_SPEC(argv);
	struct buf err = {NULL, 0, 0};
	const char *line;
	struct said said;
	char how[64];
	int status, nothing = -1;

	/* Our stdin is the list: a wrapper that reads it would shorten it. */
	if (r->in == -1) {
		nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
		if (nothing == -1) {
			buf_printf(why, "/dev/null: %s", strerror(errno));
			return -1;
		}
	}
	spec.env = r->env;
	spec.user = r->user;
	spec.in = r->in != -1 ? r->in : nothing;
	spec.out = r->out;
	spec.group = true;
	if (r->err > 0)
		spec.err = r->err;
	status = child_run(&spec, r->text, r->err > 0 ? NULL : &err, TEXT_MAX);
	if (nothing != -1)
		close(nothing);
	said = understand(&err);
	line = said.pool != NULL ? said.pool
	    : said.fatal != NULL ? said.fatal
				 : said.last;
	if (status == -1)
		line = "cannot be run";
	else if (r->strict && said.complaint != NULL && said.fatal == NULL)
		line = said.complaint;
	else if (status == 0)
		goto out;
	else if (line == NULL || !WIFEXITED(status))
		line = child_describe(status, how, sizeof(how));
	if (!text_starts(line, name))
		buf_printf(why, "%s: ", name);
	text_fold(why, line, strnlen(line, REASON_MAX));
	if (line == said.complaint)
		status = -1;
out:
	buf_free(&err);
	return status != -1 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
