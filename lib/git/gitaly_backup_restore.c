/* Brings the repositories of a list back by gitaly-backup. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/io.h"
#include "base/prog.h"
#include "base/text.h"
#include "git/gitaly_backup_session.h"
#include "git/gitaly_backup_talk.h"
#include "git/gitaly_backup_tree.h"

#define GROUPS_MAX 500 /* each keeps a file open */

/*
 * Repositories that are restored by one run, as their backups have the same
 * id: without one Gitaly removes what it finds no backup of, and which it
 * takes for the newest depends on its version.
 *
 * The whole list is looked at before the first of them is sent, as
 * -remove-all-repositories would also remove what is on the list and cannot be
 * sent.
 */
struct group {
	char *id; /* NULL: of a layout without ids, or the server's newest */
	bool old; /* some backups are older than manifests */
	struct gitaly_backup_spool spool;
};

struct restoration {
	struct gitaly_backup_session s;
	const struct gitaly_backup *o;
	int tree; /* -1: server-side */
	char *newest; /* id of the newest run; or NULL */
	struct group *groups;
	size_t n_groups;
	uint64_t refused; /* on the list, and not sent */
	struct list storages; /* of which something is sent */
	struct gitaly_backup_talk *talk;
	atomic_bool stopped; /* nothing more can be done */
};

/* Tells one result.  Returns 0, or -1 to stop. */
static int
tell(struct restoration *r, const char *storage, const char *path,
    struct capture_result *result)
{
	int rc = r->stopped
	    ? 1
	    : tally_add(&r->s.tally, NULL, storage, path, result);

	buf_free(&result->error);
	if (rc == 0)
		return 0;
	r->stopped = true;
	if (r->talk != NULL)
		gitaly_backup_talk_stop(r->talk);
	return -1;
}

/* The same for one that is not sent. */
static int
refuse(struct restoration *r, const struct input_repo *repo, const char *why)
{
	struct capture_result result = {.status = CAPTURE_FAILED};

	r->refused++;
	text_fold(&result.error, why, strlen(why));
	return tell(r, repo->storage_name, repo->relative_path, &result);
}

/* A gitaly_backup_talk_spec.answer. */
static void
answer(void *arg, enum gitaly_backup_saying saying, const char *storage,
    const char *path, const char *why)
{
	struct restoration *r = arg;
	struct capture_result result = {.status = CAPTURE_FAILED};
	struct buf reason = {NULL, 0, 0};
	struct chain c = {0};

	if (saying == GITALY_BACKUP_FAILED) {
		buf_puts(&result.error, why);
	} else if (r->tree == -1) {
		result.status = saying == GITALY_BACKUP_COMPLETED
		    ? CAPTURE_OK
		    : CAPTURE_MISSING;
	} else if (saying == GITALY_BACKUP_SKIPPED) {
		buf_puts(&result.error, "gitaly-backup has skipped it");
	} else if (chain_read(r->tree, storage, path, r->o->id, r->newest, &c,
		       &reason) == CHAIN_READ) {
		gitaly_backup_tree_look(r->tree, &c, true, &result);
	} else {
		text_fold(&result.error, buf_str(&reason), reason.len);
	}
	tell(r, storage, path, &result);
	buf_free(&reason);
	chain_free(&c);
}

/* Notes that it is on the list.  Returns 1, 0 if it was already, or -1. */
static int
note(struct restoration *r, const struct input_repo *repo)
{
	char *name =
	    xasprintf("%s/%s", repo->storage_name, repo->relative_path);
	char hex[HASH_HEX], *dir, *mark;
	int fd = -1, rc;

	hash_bytes(name, strlen(name), hex);
	dir = xasprintf("%s/%.3s", scratch_path(r->s.scratch), hex);
	mark = xasprintf("%s/%s", dir, hex + 3);
	rc = io_mkdirs(AT_FDCWD, dir, 0700);
	if (rc == 0)
		fd = open(mark, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd == -1 && (rc == -1 || errno != EEXIST))
		warn("%s", mark);
	rc = fd != -1 ? 1 : rc == 0 && errno == EEXIST ? 0 : -1;
	if (fd != -1)
		close(fd);
	free(name);
	free(dir);
	free(mark);
	return rc;
}

/* The group of this id, made if there is none; NULL if there are too many. */
static struct group *
find_group(struct restoration *r, const char *id)
{
	struct group *g;

	for (g = r->groups; g < r->groups + r->n_groups; g++)
		if (id == NULL || g->id == NULL ? id == g->id
						: strcmp(g->id, id) == 0)
			return g;
	if (r->n_groups == GROUPS_MAX)
		return NULL;
	r->groups =
	    xreallocarray(r->groups, r->n_groups + 1, sizeof(*r->groups));
	g = &r->groups[r->n_groups++];
	memset(g, 0, sizeof(*g));
	g->id = id != NULL ? xstrdup(id) : NULL;
	return g;
}

/* Puts it into the group of this id.  Returns 0, or -1 to stop. */
static int
put(struct restoration *r, const struct input_repo *repo, const char *id,
    bool old)
{
	struct group *g = find_group(r, id);

	if (g == NULL)
		return refuse(r, repo,
		    "the list needs backups of too many "
		    "runs; see --engine=git");
	g->old |= old;
	if (!list_has(&r->storages, repo->storage_name))
		list_add(&r->storages, repo->storage_name);
	return gitaly_backup_spool_add(&g->spool, &r->s, repo);
}

/* Why the program cannot restore the backup; NULL: it can. */
static const char *
unfit(const struct restoration *r, const struct chain *c)
{
	if (c->layout != CHAIN_MANIFEST && !r->s.era.old_layouts)
		return "gitaly-backup reads no backup without manifest since "
		       "18.10; see --engine=git";
	if (!c->non_existent && chain_in_header(c, &c->steps[c->n_steps - 1]))
		return "gitaly-backup reads no bundle without list of "
		       "references; see --engine=git";
	return NULL;
}

/* Chooses what to do with a repository whose backup is c. */
static int
choose(
    struct restoration *r, const struct input_repo *repo, const struct chain *c)
{
	struct capture_result result = {0};
	const char *why = unfit(r, c);
	int rc;

	if (why != NULL)
		return refuse(r, repo, why);
	gitaly_backup_tree_look(r->tree, c, true, &result);
	if (result.status == CAPTURE_FAILED) {
		rc = refuse(r, repo, buf_str(&result.error));
		buf_free(&result.error);
		return rc;
	}
	/* Older ones know nothing of repositories that were missing. */
	if (c->non_existent && !r->s.era.adds_missing)
		return tell(
		    r, repo->storage_name, repo->relative_path, &result);
	return put(r, repo, c->id, c->layout != CHAIN_MANIFEST);
}

/* Deals with one repository of the list.  Returns 0, or -1 to stop. */
static int
take(struct restoration *r, const struct input_repo *repo)
{
	struct buf why = {NULL, 0, 0};
	struct chain c = {0};
	int rc;

	rc = note(r, repo);
	if (rc == 0)
		return refuse(r, repo, "is on the list already");
	if (rc == -1)
		return -1;
	if (r->tree == -1)
		return put(r, repo, r->o->id, false);
	if (chain_read(r->tree, repo->storage_name, repo->relative_path,
		r->o->id, r->newest, &c, &why) == CHAIN_READ)
		rc = choose(r, repo, &c);
	else
		rc = refuse(r, repo, buf_str(&why));
	chain_free(&c);
	buf_free(&why);
	return rc;
}

/* Reads the whole list.  Returns its status. */
static int
read_list(struct restoration *r)
{
	struct input *in = input_new(STDIN_FILENO);
	struct input_repo repo;
	int rc;

	while ((rc = gitaly_backup_session_next(
		    &r->s, in, &repo, &r->refused)) == -1)
		if (take(r, &repo) == -1) {
			rc = PROG_FAILED;
			break;
		}
	input_free(in);
	return rc;
}

/*
 * Adds the storages that Gitaly is to clear of what is not on the list, to
 * *names: as a flag's value.  Returns a status.
 */
static int
choose_removal(struct restoration *r, struct buf *names)
{
	const struct list *l = r->o->remove_all;
	int rc = PROG_DONE;
	size_t i;

	if (l->n > 0 && (r->refused > 0 || r->n_groups > 1)) {
		warnx("--remove-all: %s, so nothing is removed",
		    r->refused > 0
			? "there are repositories that cannot be restored"
			: "the list needs backups of more than one run");
		return PROG_PARTIAL;
	}
	for (i = 0; i < l->n; i++) {
		if (list_has(&r->storages, l->v[i])) {
			buf_printf(
			    names, "%s%s", names->len > 0 ? "," : "", l->v[i]);
			continue;
		}
		/* More likely the list is not what it should be. */
		warnx("--remove-all: %s: nothing of it is on the list, so "
		      "nothing is removed",
		    l->v[i]);
		rc = PROG_PARTIAL;
	}
	return rc;
}

/* Sends all of a group.  Returns a status. */
static int
feed(struct restoration *r, struct group *g)
{
	struct input *in = input_new(g->spool.fd);
	struct rows_repository row;
	struct input_repo repo;
	int rc = PROG_DONE;

	while (!r->stopped && (rc = input_next(in, &repo)) == -1) {
		row = (struct rows_repository){repo.storage_name,
		    repo.relative_path, repo.gl_project_path,
		    repo.always_create};
		gitaly_backup_talk_send(r->talk, &row);
	}
	input_free(in);
	return r->stopped ? PROG_FAILED : rc;
}

/* Runs the program for a group.  Returns a status. */
static int
run_group(struct restoration *r, struct group *g, const char *removed)
{
	struct list argv = {NULL, 0};
	struct gitaly_backup_talk_spec spec = {
	    "restore", &argv, &r->s.servers, r->o->tree, answer, r};
	int rc = PROG_FAILED;

	gitaly_backup_session_argv(&r->s, &argv, "restore",
	    gitaly_backup_era_layout(&r->s.era, g->old), g->id);
	if (*removed != '\0')
		list_addf(&argv, "-remove-all-repositories=%s", removed);
	if (gitaly_backup_spool_rewind(&g->spool) == 0)
		r->talk = gitaly_backup_talk_start(&spec);
	if (r->talk != NULL) {
		rc = feed(r, g);
		rc = prog_worse(rc, gitaly_backup_talk_end(r->talk));
		r->talk = NULL;
	}
	list_free(&argv);
	return rc;
}

/* The whole run, when the tree is open.  Returns a status. */
static int
restore_list(struct restoration *r)
{
	struct buf removed = {NULL, 0, 0};
	int rc, done = PROG_DONE, listed;
	size_t i;

	listed = read_list(r);
	if (listed == PROG_FAILED)
		return listed;
	/* Half a list is no reason to remove the rest. */
	rc = listed == PROG_DONE ? choose_removal(r, &removed) : listed;
	for (i = 0; i < r->n_groups && !r->stopped; i++)
		done = prog_worse(
		    done, run_group(r, &r->groups[i], buf_str(&removed)));
	buf_free(&removed);
	if (done == PROG_FAILED && r->s.tally.done > 0 && !r->stopped)
		done = PROG_PARTIAL;
	return prog_worse(prog_worse(rc, done), r->s.tally.status);
}

/* Opens the tree, and looks at --remove-all.  Returns a status. */
static int
prepare(struct restoration *r)
{
	const struct list *l = r->o->remove_all;
	size_t i;

	for (i = 0; i < l->n; i++)
		if (!list_has(&r->s.servers.names, l->v[i])) {
			warnx("--remove-all: %s: unknown storage", l->v[i]);
			return PROG_USAGE;
		}
	if (r->o->server_side)
		return PROG_DONE;
	r->tree = open(r->o->tree, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r->tree == -1) {
		warn("%s", r->o->tree);
		return PROG_FAILED;
	}
	if (r->o->id == NULL && chain_newest(r->tree, &r->newest) == -1) {
		warn("%s/backup_ids", r->o->tree);
		return PROG_FAILED;
	}
	return PROG_DONE;
}

int
gitaly_backup_restore(const struct gitaly_backup *o)
{
	struct restoration r = {.o = o, .tree = -1};
	int rc = PROG_FAILED;
	size_t i;

	if (gitaly_backup_session_start(&r.s, o) == 0)
		rc = prepare(&r);
	if (rc == PROG_DONE)
		rc = restore_list(&r);
	for (i = 0; i < r.n_groups; i++) {
		gitaly_backup_spool_free(&r.groups[i].spool);
		free(r.groups[i].id);
	}
	free(r.groups);
	if (r.tree != -1)
		close(r.tree);
	free(r.newest);
	list_free(&r.storages);
	gitaly_backup_session_end(&r.s);
	return rc;
}
