/* psql, fed with a dump and listened to. */
/* SPDX-License-Identifier: MIT */
#include <sys/random.h>
#include <sys/signalfd.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/io.h"
#include "base/prog.h"
#include "base/status.h"
#include "db/aside.h"
#include "db/dump.h"
#include "db/feed.h"
#include "db/says.h"
#include "proc/child.h"

#define FAREWELL 1000 /* milliseconds for psql to end, once all is in */
#define PATIENCE 6000 /* milliseconds until a silent psql is looked at */

/*
 * psql gets each statement its own savepoint (ON_ERROR_ROLLBACK), for in a
 * dump some statements fail that do no harm, and goes on after an error, for
 * we judge it.  It commits only what we tell it to: after the last statement
 * it is asked to write a mark on stderr.  When the mark has come, all errors
 * have come.
 */
enum phase {
	FEEDING, /* stdin has not ended */
	ASKED, /* it was whole; the mark is awaited */
	COMMITTING, /* all was well; the mark is awaited again */
	COMMITTED
};

struct feeding {
	struct feed *f;
	struct scan *scan;
	struct says says;
	enum phase phase;
	pid_t pid;
	int in, err; /* our ends of its stdin and stderr; -1 when closed */
	struct buf out; /* to be written */
	size_t sent; /* bytes of it */
	char *block; /* IO_SIZE bytes */
};

/*
 * Minor releases from which on psql knows \restrict: it then does not run
 * what a dump could smuggle past our own lexer.
 */
static bool
knows_restrict(const char *version)
{
	static const int since[][2] = {
	    {13, 22}, {14, 19}, {15, 14}, {16, 10}, {17, 6}};
	int major, minor = 0;
	char *rest;
	size_t i;

	major = (int)strtol(version, &rest, 10);
	if (*rest == '.')
		minor = (int)strtol(rest + 1, NULL, 10);
	for (i = 0; i < sizeof(since) / sizeof(since[0]); i++)
		if (major == since[i][0])
			return minor >= since[i][1];
	return major >= 18;
}

static int
random_word(char word[FEED_KEY])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char b[(FEED_KEY - 1) / 2];
	size_t i;

	if (getrandom(b, sizeof(b), 0) != (ssize_t)sizeof(b)) {
		warn("getrandom");
		return -1;
	}
	for (i = 0; i < sizeof(b); i++) {
		word[2 * i] = digits[b[i] >> 4];
		word[2 * i + 1] = digits[b[i] & 15];
	}
	word[FEED_KEY - 1] = '\0';
	return 0;
}

int
feed_prepare(struct feed *f, bool go_on)
{
	struct buf version = {NULL, 0, 0};
	int rc = -1;

	f->go_on = go_on;
	if (dump_program_version("psql", &version) == 0 &&
	    random_word(f->key) == 0 && random_word(f->mark) == 0) {
		if (knows_restrict(buf_str(&version)))
			f->scan.key = f->key;
		rc = 0;
	}
	buf_free(&version);
	return rc;
}

/* What psql reads before the dump. */
static void
add_prelude(struct feeding *g)
{
	struct buf *out = &g->out;

	buf_puts(out,
	    "SET statement_timeout = 0;\nSET lock_timeout = 0;\n"
	    "SET idle_in_transaction_session_timeout = 0;\n"
	    "SET client_min_messages = warning;\n");
	if (g->f->scan.server >= 170000)
		buf_puts(out, "SET transaction_timeout = 0;\n");
	buf_puts(out, "BEGIN;\n");
	aside_move(out);
	buf_puts(out, "\\set ON_ERROR_STOP off\n");
	scan_restrict(out, g->f->scan.key);
}

static int
start(struct feeding *g, const int in[2], const int err[2], int null)
{
	const struct site_db *db = g->f->c->db;
	struct list argv = {NULL, 0}, env = {NULL, 0};
	struct buf operand = {NULL, 0, 0};
	static const char *const args[] = {"psql", "--no-psqlrc", "--quiet",
	    "--no-password", "--echo-errors", "--set=ON_ERROR_STOP=on",
	    "--set=ON_ERROR_ROLLBACK=on", "--dbname"};
	struct child_spec spec;
	size_t i;

	for (i = 0; i < sizeof(args) / sizeof(args[0]); i++)
		list_add(&argv, args[i]);
	conn_operand(db, &operand);
	list_add(&argv, buf_str(&operand));
	for (i = 0; i < db->env.n; i++)
		list_add(&env, db->env.v[i]);
	/* By this name aside_lock() finds what we could not end. */
	list_add(&env, "PGAPPNAME=" ASIDE_APPLICATION);
	list_add(&env, "LC_ALL=C");
	spec = (struct child_spec)CHILD_SPEC(argv.v);
	spec.env = &env;
	spec.in = in[0];
	spec.out = null;
	spec.err = err[1];
	g->pid = child_start(&spec);
	buf_free(&operand);
	list_free(&env);
	list_free(&argv);
	return g->pid == -1 ? -1 : 0;
}

static void
close_end(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

static int
open_psql(struct feeding *g)
{
	int in[2] = {-1, -1}, err[2] = {-1, -1}, null, rc = -1;

	null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (null == -1 || pipe2(in, O_CLOEXEC) == -1 ||
	    pipe2(err, O_CLOEXEC) == -1 ||
	    fcntl(in[1], F_SETFL, O_NONBLOCK) == -1)
		warn("psql: pipe");
	else
		rc = start(g, in, err, null);
	close_end(&null);
	close_end(&in[0]);
	close_end(&err[1]);
	g->in = in[1];
	g->err = err[0];
	return rc;
}

/* The dump has ended. */
static int
end_of_dump(struct feeding *g)
{
	if (!scan_complete(g->scan)) {
		conn_warn_reason(g->f->c,
		    "standard input ends before pg_dump's closing comment");
		return PROG_DAMAGED;
	}
	scan_unrestrict(&g->out, g->f->scan.key);
	buf_printf(&g->out, "\\warn %s\n", g->f->mark);
	g->phase = ASKED;
	return PROG_DONE;
}

/* Reads stdin once and makes ready what psql shall read. */
static int
take_dump(struct feeding *g)
{
	ssize_t n = io_read(STDIN_FILENO, g->block, IO_SIZE);
	int rc;

	if (n == -1) {
		warn("standard input");
		return PROG_FAILED;
	}
	rc = n > 0 ? scan_add(g->scan, g->block, (size_t)n, &g->out)
		   : scan_end(g->scan, &g->out);
	if (rc == -1) {
		warnx("standard input: %s", scan_reason(g->scan));
		return PROG_DAMAGED;
	}
	status_add((uint64_t)n, g->out.len, scan_statements(g->scan));
	return n > 0 ? PROG_DONE : end_of_dump(g);
}

static void
give(struct feeding *g)
{
	ssize_t n;

	n = write(g->in, g->out.data + g->sent, g->out.len - g->sent);
	if (n == -1 && errno != EAGAIN && errno != EINTR) {
		/* It has ended; its last words say why. */
		close_end(&g->in);
		g->sent = g->out.len;
	} else if (n > 0) {
		g->sent += (size_t)n;
	}
	if (g->sent == g->out.len) {
		buf_reset(&g->out);
		g->sent = 0;
		if (g->phase >= COMMITTING)
			close_end(&g->in);
	}
}

static int
listen_to(struct feeding *g)
{
	char block[4096];
	ssize_t n = io_read(g->err, block, sizeof(block));

	if (n <= 0) {
		close_end(&g->err);
		says_end(&g->says);
	} else {
		says_add(&g->says, block, (size_t)n);
	}
	if (g->says.failed > 0 && !g->f->go_on)
		return PROG_FAILED;
	if (!g->says.marked)
		return PROG_DONE;
	g->says.marked = false;
	if (g->phase == COMMITTING) {
		g->phase = COMMITTED;
		return PROG_DONE;
	}
	buf_puts(&g->out, "\\set ON_ERROR_STOP on\n");
	aside_finish(&g->out);
	buf_printf(&g->out, "COMMIT;\n\\warn %s\n", g->f->mark);
	g->phase = COMMITTING;
	g->f->committing = true;
	return PROG_DONE;
}

/*
 * It comes again when all is put back; or when all is in, for a COMMIT that
 * does not come back may have been made: the database itself says so then.
 */
static int
heed_signal(struct feeding *g)
{
	struct signalfd_siginfo i;

	if (io_read_full(g->f->signals, &i, sizeof(i)) != sizeof(i)) {
		warn("signalfd");
		return PROG_FAILED;
	}
	raise((int)i.ssi_signo);
	return PROG_FAILED;
}

/*
 * The mark does not come.  A psql that takes the end of the dump for the
 * inside of a string waits for more of it, for ever, and so do we.
 */
static int
check_waiting(struct feeding *g)
{
	static const char idle[] =
	    "SELECT count(*) FROM pg_stat_activity WHERE "
	    "datname = current_database() AND usename = current_user "
	    "AND application_name = '" ASIDE_APPLICATION "' AND state LIKE "
	    "'idle%' AND state_change < clock_timestamp() - interval '5 s'";
	PGresult *r = conn_query(g->f->c, idle);
	int rc = PROG_DONE;

	if (r == NULL)
		return PROG_FAILED;
	if (strcmp(PQgetvalue(r, 0, 0), "0") != 0) {
		conn_warn_reason(
		    g->f->c, "standard input: psql sees no end of a string");
		rc = PROG_DAMAGED;
	}
	PQclear(r);
	return rc;
}

/* One turn: waits for something, and does it. */
static int
turn(struct feeding *g)
{
	int n;
	bool pending = g->out.len > 0;
	bool hungry = g->phase == FEEDING && !pending && g->in != -1;
	struct pollfd p[4] = {
	    {g->err, POLLIN, 0},
	    {g->f->signals, POLLIN, 0},
	    {pending ? g->in : -1, POLLOUT, 0},
	    {hungry ? STDIN_FILENO : -1, POLLIN, 0},
	};

	n = poll(p, 4,
	    g->phase == COMMITTED		? FAREWELL
		: g->phase == ASKED && !pending ? PATIENCE
						: -1);
	if (n == 0 && g->phase == COMMITTED) {
		close_end(&g->err);
		return PROG_DONE;
	}
	if (n == 0)
		return check_waiting(g);
	if (n == -1) {
		if (errno == EINTR)
			return PROG_DONE;
		warn("poll");
		return PROG_FAILED;
	}
	if (p[1].revents != 0)
		return heed_signal(g);
	if (p[0].revents != 0)
		return listen_to(g);
	if (p[2].revents != 0)
		give(g);
	if (p[3].revents != 0)
		return take_dump(g);
	return PROG_DONE;
}

/* Ends psql if it runs, and says how it ended if nobody else has. */
static int
close_psql(struct feeding *g, int rc)
{
	char why[64];
	int status;

	close_end(&g->in);
	/* Once all is in, however it ends changes nothing. */
	if (rc != PROG_DONE || g->phase == COMMITTED)
		kill(g->pid, SIGKILL);
	close_end(&g->err);
	status = child_wait(g->pid);
	if (rc != PROG_DONE || g->phase == COMMITTED)
		return rc;
	if (status == -1)
		warn("psql");
	else if (g->says.failed == 0)
		warnx("psql: %s", child_describe(status, why, sizeof(why)));
	return PROG_FAILED;
}

static int
sum_up(const struct feeding *g, int rc)
{
	char n[64];

	if (rc != PROG_DONE)
		return rc;
	says_sum(&g->says);
	if (g->says.failed == 0)
		return PROG_DONE;
	snprintf(n, sizeof(n), "loaded, but %llu statements failed",
	    (unsigned long long)g->says.failed);
	conn_warn_reason(g->f->c, n);
	return PROG_PARTIAL;
}

int
feed_run(struct feed *f)
{
	struct feeding g;
	int rc = PROG_DONE;

	memset(&g, 0, sizeof(g));
	g.f = f;
	g.says.c = f->c;
	g.says.mark = f->mark;
	if (open_psql(&g) == -1) {
		close_end(&g.in);
		close_end(&g.err);
		return PROG_FAILED;
	}
	g.block = xmalloc(IO_SIZE);
	g.scan = scan_new(&f->scan);
	add_prelude(&g);
	while (rc == PROG_DONE && g.err != -1)
		rc = turn(&g);
	rc = sum_up(&g, close_psql(&g, rc));
	scan_free(g.scan);
	says_free(&g.says);
	buf_free(&g.out);
	free(g.block);
	return rc;
}
