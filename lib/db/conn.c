/* Connections to a site's databases: the one place that opens them. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/prog.h"
#include "base/text.h"
#include "db/conn.h"

#define CONNECT_TIMEOUT "10" /* seconds */
#define KEEPALIVES_IDLE "60" /* seconds */

/* The parameters as PQconnectdbParams() takes them. */
struct params {
	const char **keys, **values;
	size_t n;
};

static void
add(struct params *p, const char *key, const char *value)
{
	p->keys[p->n] = key;
	p->values[p->n++] = value;
}

/* The value of NAME in db's own environment, or NULL. */
static const char *
value_of(const struct site_db *db, const char *name)
{
	size_t i, len = strlen(name);

	for (i = 0; i < db->env.n; i++)
		if (strncmp(db->env.v[i], name, len) == 0 &&
		    db->env.v[i][len] == '=')
			return db->env.v[i] + len + 1;
	return NULL;
}

/*
 * libpq itself knows which keyword each of its environment variables stands
 * for.  What db does not name, libpq takes from our environment, as pg_dump
 * and psql will.
 */
static PGconn *
connect_with(const struct site_db *db, const PQconninfoOption *known)
{
	const PQconninfoOption *o;
	struct params p = {NULL, NULL, 0};
	struct buf operand = {NULL, 0, 0};
	const char *value;
	PGconn *pg;
	size_t n;

	for (n = 0; known[n].keyword != NULL; n++)
		continue;
	p.keys = xcalloc(n + 6, sizeof(*p.keys));
	p.values = xcalloc(n + 6, sizeof(*p.values));
	/* Of a keyword that stands here twice, the later one counts. */
	if (getenv("PGCONNECT_TIMEOUT") == NULL)
		add(&p, "connect_timeout", CONNECT_TIMEOUT);
	/*
	 * A snapshot is held for hours without a word: a firewall must not
	 * forget it, and a server that is gone must be noticed.
	 */
	add(&p, "keepalives_idle", KEEPALIVES_IDLE);
	for (o = known; o->keyword != NULL; o++) {
		value = o->envvar != NULL ? value_of(db, o->envvar) : NULL;
		if (value != NULL)
			add(&p, o->keyword, value);
	}
	conn_operand(db, &operand);
	add(&p, "dbname", buf_str(&operand));
	add(&p, "client_encoding", "UTF8");
	add(&p, "fallback_application_name", program_invocation_short_name);
	pg = PQconnectdbParams(p.keys, p.values, 1);
	buf_free(&operand);
	free(p.keys);
	free(p.values);
	return pg;
}

/*
 * Takes the messages that no query asked for.  Of those only the server's
 * reason for ending the session matters: kept for conn_warn().
 */
static void
on_notice(void *arg, const PGresult *r)
{
	const char *severity, *state, *text;
	struct conn *c = arg;

	severity = PQresultErrorField(r, PG_DIAG_SEVERITY_NONLOCALIZED);
	state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
	text = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
	if (severity == NULL || state == NULL || text == NULL)
		return;
	/* A server that stops at once says so as a mere warning (57P01). */
	if (strcmp(severity, "FATAL") != 0 && strcmp(severity, "PANIC") != 0 &&
	    !text_starts(state, "57P"))
		return;
	free(c->ended);
	c->ended = xstrdup(text);
}

/*
 * Takes out of our environment, for pg_dump too, what would lead past what db
 * names: a service's settings overrule those of the environment, an address
 * goes before a host, and the dump would be in whatever encoding is the
 * caller's, which fails in the middle.
 */
static void
clear_environment(const struct site_db *db)
{
	unsetenv("PGSERVICE");
	unsetenv("PGCLIENTENCODING");
	if (value_of(db, "PGHOST") != NULL)
		unsetenv("PGHOSTADDR");
}

/* A connection, perhaps one that failed. */
static struct conn *
connect_to(const struct site_db *db)
{
	struct conn *c = xcalloc(1, sizeof(*c));
	PQconninfoOption *known;

	clear_environment(db);
	known = PQconndefaults();

	if (known == NULL)
		errx(PROG_FAILED, "memory: libpq");
	c->db = db;
	c->pg = connect_with(db, known);
	PQconninfoFree(known);
	if (PQstatus(c->pg) == CONNECTION_OK)
		PQsetNoticeReceiver(c->pg, on_notice, c);
	return c;
}

struct conn *
conn_open(const struct site_db *db)
{
	struct conn *c = connect_to(db);

	if (PQstatus(c->pg) == CONNECTION_OK)
		return c;
	conn_warn(c);
	conn_close(c);
	return NULL;
}

struct conn *
conn_try(const struct site_db *db, struct buf *why)
{
	struct conn *c = connect_to(db);
	const char *s = PQerrorMessage(c->pg);

	if (PQstatus(c->pg) == CONNECTION_OK)
		return c;
	text_fold(why, s, strlen(s));
	conn_close(c);
	return NULL;
}

void
conn_close(struct conn *c)
{
	if (c == NULL)
		return;
	PQfinish(c->pg);
	free(c->ended);
	free(c);
}

void
conn_warn_reason(const struct conn *c, const char *reason)
{
	char *name = text_line(c->db->name), *line = text_line(reason);
	char *database = text_line(c->db->database);

	warnx("database %s (%s): %s", name, database, line);
	free(name);
	free(line);
	free(database);
}

void
conn_warn(const struct conn *c)
{
	conn_warn_reason(
	    c, c->ended != NULL ? c->ended : PQerrorMessage(c->pg));
}

void
conn_literal(const struct conn *c, const char *s, struct buf *sql)
{
	char *quoted = PQescapeLiteral(c->pg, s, strlen(s));

	/* NULL is either no memory or not UTF-8, which can name nothing. */
	buf_puts(sql, quoted != NULL ? quoted : "NULL");
	PQfreemem(quoted);
}

void
conn_begin(const struct conn *c, const char *snapshot, struct buf *sql)
{
	buf_puts(sql, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; ");
	if (snapshot != NULL) {
		buf_puts(sql, "SET TRANSACTION SNAPSHOT ");
		conn_literal(c, snapshot, sql);
		buf_puts(sql, "; ");
	}
	buf_puts(sql,
	    "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0; "
	    "SET LOCAL idle_in_transaction_session_timeout = 0; ");
	if (PQserverVersion(c->pg) >= 170000)
		buf_puts(sql, "SET LOCAL transaction_timeout = 0; ");
}

PGresult *
conn_result(struct conn *c)
{
	PGresult *r, *last = NULL;
	int failed = 0;

	while ((r = PQgetResult(c->pg)) != NULL) {
		PQclear(last);
		last = r;
		switch (PQresultStatus(r)) {
		case PGRES_COMMAND_OK:
		case PGRES_TUPLES_OK:
			continue;
		case PGRES_COPY_OUT: /* reading the rows comes next */
			return last;
		default:
			failed = 1;
		}
		/* A connection that broke would give results for ever. */
		if (PQstatus(c->pg) != CONNECTION_OK)
			break;
	}
	if (last != NULL && !failed)
		return last;
	conn_warn(c);
	PQclear(last);
	return NULL;
}

PGresult *
conn_query(struct conn *c, const char *sql)
{
	if (PQsendQuery(c->pg, sql) == 1)
		return conn_result(c);
	conn_warn(c);
	return NULL;
}

int
conn_run(struct conn *c, const char *sql)
{
	PGresult *r = conn_query(c, sql);

	if (r == NULL)
		return PROG_FAILED;
	PQclear(r);
	return PROG_DONE;
}

void
conn_operand(const struct site_db *db, struct buf *out)
{
	const char *s = db->database;

	if (db->conninfo == NULL && *s != '-' && strchr(s, '=') == NULL &&
	    strstr(s, "://") == NULL) {
		buf_puts(out, s);
		return;
	}
	buf_puts(out, "dbname='");
	for (; *s != '\0'; s++) {
		if (*s == '\'' || *s == '\\')
			buf_putc(out, '\\');
		buf_putc(out, *s);
	}
	buf_putc(out, '\'');
	if (db->conninfo != NULL)
		buf_printf(out, " %s", db->conninfo);
}
