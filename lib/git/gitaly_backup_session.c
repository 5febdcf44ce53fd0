/* What creating and restoring by gitaly-backup have in common. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/io.h"
#include "base/prog.h"
#include "git/gitaly_backup_find.h"
#include "git/gitaly_backup_session.h"
#include "git/line.h"

int
gitaly_backup_choose(const char *engine, bool storages,
    const struct site_where *where, struct site **site, char **program)
{
	bool must = engine != NULL && strcmp(engine, "gitaly") == 0;

	*site = NULL;
	*program = NULL;
	if (must && storages) {
		warnx("--storage: the engine gitaly knows only the site's");
		return PROG_USAGE;
	}
	if (storages || (engine != NULL && strcmp(engine, "git") == 0))
		return -1;
	*site = site_read(where);
	if (*site == NULL)
		return PROG_FAILED;
	*program = gitaly_backup_find(*site);
	if (*program != NULL || !must)
		return -1;
	warnx("%s: there is no such program",
	    (*site)->gitaly_backup != NULL ? (*site)->gitaly_backup
					   : "gitaly-backup");
	return PROG_FAILED;
}

int
gitaly_backup_session_start(
    struct gitaly_backup_session *s, const struct gitaly_backup *o)
{
	memset(s, 0, sizeof(*s));
	s->o = o;
	tally_start(&s->tally);
	if (gitaly_backup_era_ask(o->program, &s->era) == -1 ||
	    gitaly_backup_servers_read(o->site, &s->servers) == -1)
		return -1;
	s->scratch = scratch_new(NULL, "glb-repos");
	return s->scratch != NULL ? 0 : -1;
}

void
gitaly_backup_session_end(struct gitaly_backup_session *s)
{
	scratch_free(s->scratch);
	gitaly_backup_servers_free(&s->servers);
	tally_end(&s->tally);
}

/* Why r cannot even be tried, to be freed; or NULL. */
static char *
refuse(const struct gitaly_backup_session *s, const struct input_repo *r)
{
	char *bad = input_bad(r);

	if (bad == NULL && !list_has(&s->servers.names, r->storage_name))
		bad = xstrdup("unknown storage");
	return bad;
}

int
gitaly_backup_session_next(struct gitaly_backup_session *s, struct input *in,
    struct input_repo *r, uint64_t *refused)
{
	char *bad;
	int rc;

	while ((rc = input_next(in, r)) == -1) {
		bad = refuse(s, r);
		if (bad == NULL)
			return -1;
		++*refused;
		rc = tally_fail(
		    &s->tally, r->storage_name, r->relative_path, bad);
		free(bad);
		if (rc != 0)
			return PROG_FAILED;
	}
	return rc;
}

void
gitaly_backup_session_argv(const struct gitaly_backup_session *s,
    struct list *argv, const char *verb, const char *layout, const char *id)
{
	const struct gitaly_backup *o = s->o;

	list_add(argv, o->program);
	list_add(argv, verb);
	if (o->server_side) {
		list_add(argv, "-server-side");
	} else {
		/* Not the tree's path, which it may take for a URL. */
		list_split(argv, "-path,.");
		if (layout != NULL) {
			list_add(argv, "-layout");
			list_add(argv, layout);
		}
	}
	if (o->jobs > 0)
		list_addf(argv, "-parallel=%u", o->jobs);
	if (o->jobs_per_storage > 0)
		list_addf(argv, "-parallel-storage=%u", o->jobs_per_storage);
	if (id != NULL)
		list_addf(argv, "-id=%s", id);
}

/* Makes an unlinked file in the scratch directory. */
static int
open_spool(const struct gitaly_backup_session *s)
{
	int fd = open(
	    scratch_path(s->scratch), O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);

	if (fd == -1)
		warn("%s", scratch_path(s->scratch));
	return fd;
}

int
gitaly_backup_spool_add(struct gitaly_backup_spool *p,
    const struct gitaly_backup_session *s, const struct input_repo *r)
{
	struct rows_repository row = {r->storage_name, r->relative_path,
	    r->gl_project_path, r->always_create};
	struct buf line = {NULL, 0, 0};
	int rc;

	if (p->n == 0 && (p->fd = open_spool(s)) == -1)
		return -1;
	p->n++;
	line_write(&line, &row); /* the list's parser takes UTF-8 only */
	rc = io_write_all(p->fd, line.data, line.len);
	if (rc == -1)
		warn("%s", scratch_path(s->scratch));
	buf_free(&line);
	return rc;
}

int
gitaly_backup_spool_rewind(struct gitaly_backup_spool *p)
{
	if (lseek(p->fd, 0, SEEK_SET) == 0)
		return 0;
	warn("temporary file");
	return -1;
}

void
gitaly_backup_spool_free(struct gitaly_backup_spool *p)
{
	if (p->n > 0)
		close(p->fd);
	p->n = 0;
}
