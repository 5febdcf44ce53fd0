/* SQL back into a database, by psql. */
/* SPDX-License-Identifier: MIT */
#include <sys/signalfd.h>

#include <err.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/prog.h"
#include "db/aside.h"
#include "db/drop.h"
#include "db/feed.h"
#include "db/load.h"
#include "db/undo.h"

#define RECONNECT_TRIES 60 /* a second each: a server that starts again */

/* The signals that end a load; those ignored by our parent stay ignored. */
static sigset_t
ending_signals(void)
{
	static const int sigs[] = {SIGHUP, SIGINT, SIGTERM};
	struct sigaction old;
	sigset_t set;
	size_t i;

	sigemptyset(&set);
	for (i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++)
		if (sigaction(sigs[i], NULL, &old) == 0 &&
		    old.sa_handler != SIG_IGN)
			sigaddset(&set, sigs[i]);
	return set;
}

/*
 * How many locks the server's table has room for, less those of moving what
 * is there.  It has some more, which other sessions may use.
 */
static int
lock_budget(struct conn *c, int64_t *budget)
{
	PGresult *r = conn_query(c,
	    "SELECT current_setting('max_locks_per_transaction')::bigint * "
	    "(current_setting('max_connections')::bigint + "
	    "current_setting('max_prepared_transactions')::bigint) - "
	    "(SELECT count(*) FROM pg_class c WHERE c.relkind IN "
	    "('r', 'p', 'S', 'v', 'm', 'f') AND c.relnamespace <> ALL "
	    "(ARRAY['pg_catalog', 'information_schema']::regnamespace[]))");

	if (r == NULL)
		return PROG_FAILED;
	*budget = strtoll(PQgetvalue(r, 0, 0), NULL, 10);
	PQclear(r);
	return PROG_DONE;
}

/*
 * A server process that crashes takes all sessions with it, ours, too; the
 * server is there again soon.
 */
static int
reconnect(struct conn *c)
{
	int i;

	for (i = 0; i < RECONNECT_TRIES; i++) {
		if (PQstatus(c->pg) == CONNECTION_OK && PQsocket(c->pg) != -1) {
			PGresult *r = PQexec(c->pg, "SELECT 1");
			int ok = PQresultStatus(r) == PGRES_TUPLES_OK;

			PQclear(r);
			if (ok)
				break;
		}
		if (i > 0)
			sleep(1);
		PQreset(c->pg);
		free(c->ended);
		c->ended = NULL;
	}
	if (PQstatus(c->pg) != CONNECTION_OK) {
		conn_warn(c);
		return PROG_FAILED;
	}
	return aside_prepare(c);
}

/* Looks what became of the load, and puts back what is aside. */
static int
settle_once(struct conn *c, enum aside_state *state)
{
	int rc = reconnect(c);

	if (rc == PROG_DONE)
		rc = aside_lock(c);
	if (rc == PROG_DONE)
		rc = aside_look(c, state);
	if (rc == PROG_DONE && *state == ASIDE_UNFINISHED)
		rc = aside_put_back(c);
	return rc;
}

/*
 * What became of it the database itself says: the answer to the last COMMIT
 * may have been lost.  A server that crashes may end psql's session a moment
 * before ours.
 */
static int
settle(struct conn *c, int rc, bool committing)
{
	enum aside_state state = ASIDE_NONE;
	int now = settle_once(c, &state);

	if (now == PROG_FAILED && PQstatus(c->pg) != CONNECTION_OK)
		now = settle_once(c, &state);
	if (now == PROG_DONE && state == ASIDE_LOADED && committing)
		return rc == PROG_PARTIAL ? rc : PROG_DONE;
	if (now != PROG_DONE)
		conn_warn_reason(c,
		    "what was there may still be aside: run glb-dbdump "
		    "rollback");
	if (rc != PROG_DONE && rc != PROG_PARTIAL)
		return rc;
	conn_warn_reason(c, "psql has ended well, but nothing is loaded");
	return PROG_FAILED;
}

/* The new contents are in; nothing that fails now can change that. */
static int
tidy(struct conn *c, bool keep)
{
	int rc = keep ? PROG_DONE : drop_kept(c);

	if (rc != PROG_DONE)
		conn_warn_reason(c,
		    "loaded, but the old contents are still there: run "
		    "glb-dbdump discard");
	rc = prog_worse(rc, conn_run(c, "ANALYZE"));
	return rc == PROG_DONE ? PROG_DONE : PROG_PARTIAL;
}

static int
load(struct conn *c, struct feed *f, bool keep)
{
	sigset_t old, set = ending_signals();
	int rc, tidied;

	rc = undo_mend(c, true);
	if (rc == PROG_DONE)
		rc = lock_budget(c, &f->scan.budget);
	if (rc != PROG_DONE)
		return rc;
	sigprocmask(SIG_BLOCK, &set, &old);
	f->signals = signalfd(-1, &set, SFD_CLOEXEC);
	if (f->signals == -1) {
		warn("signalfd");
		rc = PROG_FAILED;
	} else {
		rc = feed_run(f);
		close(f->signals);
		rc = settle(c, rc, f->committing);
	}
	/* Now the database is in one state or the other: a signal ends us. */
	sigprocmask(SIG_SETMASK, &old, NULL);
	if (rc != PROG_DONE && rc != PROG_PARTIAL)
		return rc;
	tidied = tidy(c, keep);
	return prog_worse(rc, tidied);
}

int
load_run(const struct site_db *db, const struct load_options *o)
{
	struct feed f;
	struct conn *c;
	int rc;

	/* Everything that can fail does so before anything is moved. */
	if (read(STDIN_FILENO, NULL, 0) == -1) {
		warn("standard input");
		return PROG_FAILED;
	}
	memset(&f, 0, sizeof(f));
	if (feed_prepare(&f, o->go_on) == -1)
		return PROG_FAILED;
	c = undo_open(db, &rc);
	if (c == NULL)
		return rc;
	f.c = c;
	f.scan.server = PQserverVersion(c->pg);
	rc = load(c, &f, o->keep);
	conn_close(c);
	return rc;
}
