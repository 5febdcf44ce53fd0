/* One exported snapshot a database, held for whoever dumps. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/io.h"
#include "base/prog.h"
#include "db/conn.h"
#include "db/snapshot.h"

/* The databases that are held, and what poll(2) watches: they, then stdin. */
struct held {
	struct conn **conns;
	PGresult **exported;
	struct pollfd *fds;
	size_t n;
};

static int
open_all(struct held *h, const struct site_db *const *dbs)
{
	size_t i;

	for (i = 0; i < h->n; i++)
		if ((h->conns[i] = conn_open(dbs[i])) == NULL)
			return PROG_FAILED;
	return PROG_DONE;
}

/* Asks all of them before it waits for the first answer. */
static int
export_all(struct held *h)
{
	struct buf sql = {NULL, 0, 0};
	size_t i;
	int rc = PROG_DONE;

	for (i = 0; i < h->n && rc == PROG_DONE; i++) {
		buf_reset(&sql);
		conn_begin(h->conns[i], NULL, &sql);
		buf_puts(&sql, "SELECT pg_export_snapshot()");
		if (PQsendQuery(h->conns[i]->pg, buf_str(&sql)) == 1)
			continue;
		conn_warn(h->conns[i]);
		rc = PROG_FAILED;
	}
	buf_free(&sql);
	for (i = 0; i < h->n && rc == PROG_DONE; i++)
		if ((h->exported[i] = conn_result(h->conns[i])) == NULL)
			rc = PROG_FAILED;
	return rc;
}

static int
print_all(const struct held *h)
{
	size_t i;

	for (i = 0; i < h->n; i++)
		printf("%s\t%s\n", h->conns[i]->db->name,
		    PQgetvalue(h->exported[i], 0, 0));
	if (fflush(stdout) == EOF || close(STDOUT_FILENO) == -1) {
		warn("standard output");
		return PROG_FAILED;
	}
	return PROG_DONE;
}

/* Takes what the server sent.  Returns -1 after a warning if it is gone. */
static int
still_there(struct conn *c)
{
	int ok = PQconsumeInput(c->pg);

	/* Reads the server's last words, also those that came before EOF. */
	PQisBusy(c->pg);
	if (ok == 1 && c->ended == NULL && PQstatus(c->pg) == CONNECTION_OK)
		return 0;
	conn_warn(c);
	return -1;
}

/* Reads stdin once.  Returns -1 to go on, else a status. */
static int
stdin_ended(void)
{
	char ignored[4096];
	ssize_t got;

	got = io_read(STDIN_FILENO, ignored, sizeof(ignored));
	if (got > 0)
		return -1;
	if (got == 0)
		return PROG_DONE;
	warn("standard input");
	return PROG_FAILED;
}

static int
hold(struct held *h)
{
	size_t i;
	int rc = -1;

	h->fds[h->n] = (struct pollfd){STDIN_FILENO, POLLIN, 0};
	for (i = 0; i < h->n; i++)
		h->fds[i] =
		    (struct pollfd){PQsocket(h->conns[i]->pg), POLLIN, 0};
	while (rc == -1) {
		if (poll(h->fds, h->n + 1, -1) == -1) {
			if (errno == EINTR)
				continue;
			warn("poll");
			return PROG_FAILED;
		}
		/* A snapshot that was lost counts more than the end. */
		for (i = 0; i < h->n; i++)
			if (h->fds[i].revents != 0 &&
			    still_there(h->conns[i]) == -1)
				return PROG_FAILED;
		if (h->fds[h->n].revents != 0)
			rc = stdin_ended();
	}
	return rc;
}

int
snapshot_hold(const struct site_db *const *dbs, size_t n)
{
	struct held h = {NULL, NULL, NULL, n};
	size_t i;
	int rc;

	/* A stdin that nobody can close would end us right after printing. */
	if (read(STDIN_FILENO, NULL, 0) == -1) {
		warn("standard input");
		return PROG_FAILED;
	}
	h.conns = xcalloc(n + 1, sizeof(*h.conns));
	h.exported = xcalloc(n + 1, sizeof(*h.exported));
	h.fds = xcalloc(n + 1, sizeof(*h.fds));
	rc = open_all(&h, dbs);
	if (rc == PROG_DONE)
		rc = export_all(&h);
	if (rc == PROG_DONE)
		rc = print_all(&h);
	if (rc == PROG_DONE)
		rc = hold(&h);
	for (i = 0; i < n; i++) {
		PQclear(h.exported[i]);
		conn_close(h.conns[i]);
	}
	free(h.conns);
	free(h.exported);
	free(h.fds);
	return rc;
}
