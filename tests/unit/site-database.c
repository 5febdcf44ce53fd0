/* database.yml: connections, overrides, config_command. */
/* SPDX-License-Identifier: MIT */
#include <pwd.h>

#include "site/command.h"
#include "sitedir.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define YML "@/src/config/database.yml: "

/* "name database ENV=... {conninfo} (why)", a line a database. */
static char *
databases(const struct site *s)
{
	struct buf b = {NULL, 0, 0};
	const struct site_db *d;
	size_t i;

	for (d = s->dbs; d < s->dbs + s->n_dbs; d++) {
		assert(d->dumped == (d->why == NULL));
		buf_printf(&b, "%s%s %s", b.len > 0 ? "\n" : "", d->name,
		    d->database != NULL ? d->database : "-");
		for (i = 0; i < d->env.n; i++)
			buf_printf(&b, " %s", d->env.v[i]);
		if (d->conninfo != NULL)
			buf_printf(&b, " {%s}", d->conninfo);
		if (d->why != NULL)
			buf_printf(&b, " (%s)", d->why);
	}
	return buf_take(&b);
}

struct row {
	const char *yaml;
	const char *want; /* NULL: refused */
	const char *message;
};

static void
check(const struct row *r, const char *gitlab)
{
	struct site *s;

	put_source(gitlab, r->yaml);
	if (r->want == NULL) {
		refuse_site(r->yaml, NULL, r->message);
		return;
	}
	s = accept_site(r->yaml, NULL);
	same_at(r->yaml, r->want, databases(s));
	site_free(s);
}

#define PG "adapter: postgresql"

static const struct row rows[] = {
    {"production:\n  main:\n    " PG "\n    database: gitlabhq_production\n"
     "    host: /var/opt/gitlab/postgresql\n    socket: null\n"
     "    port: 5432\n    username: \"gitlab\"\n    password:\n"
     "    encoding: unicode\n    url: x\n    load_balancing: {hosts: [a]}\n",
	"main gitlabhq_production PGHOST=/var/opt/gitlab/postgresql "
	"PGPORT=5432 PGUSER=gitlab",
	NULL},
    {"production: {\"main\": {\"adapter\": \"postgresql\", \"database\": 1,"
     " \"socket\": \"/s\", \"port\": \"6432\", \"password\": 1.50,"
     " \"sslca\": \"/ca\", \"sslcompression\": 0}}\n",
	"main 1 PGHOST=/s PGPORT=6432 PGPASSWORD=1.5 PGSSLROOTCERT=/ca "
	"PGSSLCOMPRESSION=0",
	NULL},
    {"production:\n  main: {" PG ", database: d, username: u, password: 0123,\n"
     "    sslmode: verify-full, sslkey: /k, sslcert: /c, sslrootcert: /r,\n"
     "    sslca: /no, sslcrl: /l, sslcompression: true, connect_timeout: 5,\n"
     "    keepalives: 1, keepalives_idle: '30', keepalives_interval: 10,\n"
     "    keepalives_count: 3, tcp_user_timeout: 0,\n"
     "    channel_binding: require, options: -c a=b}\n",
	"main d PGUSER=u PGPASSWORD=83 PGSSLMODE=verify-full PGSSLKEY=/k "
	"PGSSLCERT=/c PGSSLROOTCERT=/r PGSSLCRL=/l PGSSLCOMPRESSION=true "
	"PGCHANNELBINDING=require PGCONNECT_TIMEOUT=5 PGOPTIONS=-c a=b "
	"{keepalives=1 keepalives_idle=30 keepalives_interval=10 "
	"keepalives_count=3 tcp_user_timeout=0}",
	NULL},
    {"production: {main: {" PG ", database: d, socket: /s, host: h}}\n",
	"main d PGHOST=h", NULL},
    /* floats as Ruby writes them */
    {"production: {main: {" PG ", database: 1.0, host: 1.5e+20,"
     " username: .00001, password: 123456789.125}}\n",
	"main 1.0 PGHOST=1.5e+20 PGUSER=1.0e-05 PGPASSWORD=123456789.125",
	NULL},
    /* main first, the others in order, some not dumped */
    {"production:\n  sec: {" PG ", database: s}\n"
     "  ci: {" PG ", database: c, database_tasks: false}\n"
     "  geo: {database: g}\n  embedding: {}\n"
     "  main: &m {" PG ", database: m}\n"
     "  none:\n"
     "  main_replica: {<<: *m, replica: true}\n"
     "  jh-2: {<<: *m, database_tasks: true, replica: false}\n",
	"main m\nsec s\n"
	"ci c (shares another's database (database_tasks: false))\n"
	"geo g (Geo's tracking database, never backed up)\n"
	"embedding - (embedding database, never backed up)\n"
	"main_replica m (replica (replica: true))\njh-2 m",
	NULL},
    /* the oldest form */
    {"production:\n  " PG "\n  database: d\n  host: h\n  variables: {a: b}\n",
	"main d PGHOST=h", NULL},
    {"production:\n", NULL, YML "line 1: production.main: missing"},
    {"production:\n  ci: {" PG ", database: d}\n", NULL,
	YML "line 1: production.main: missing"},
    {"production:\n  ci: {" PG ", database: d}\n  main: x\n", NULL,
	YML "line 3: production.main: must be a mapping of keys to values"},
    {"production:\n  main: {" PG ", database: d}\n  ci: x\n", NULL,
	YML "line 3: production.ci: must be a mapping of keys to values"},
    {"production:\n  main:\n    adapter: mysql2\n    database: d\n", NULL,
	YML "line 3: production.main.adapter: must be postgresql"},
    {"production:\n  main:\n    database: d\n", NULL,
	YML "line 2: production.main.adapter: must be postgresql"},
    {"production:\n  main:\n    " PG "\n    database: ''\n", NULL,
	YML "line 4: production.main.database: missing"},
    {"production:\n  host: h\n", NULL,
	YML "line 1: production.database: missing"},
    {"production: {main: {" PG ", database: d}, ../x: {}}\n", NULL,
	YML "line 1: production.../x: must be letters, digits, _ and -"},
    {"production: {main: {" PG ", database: d}, \"a=b\": {}}\n", NULL,
	YML "line 1: production.a=b: must be letters, digits, _ and -"},
    {"production: {main: {" PG ", database: d,\n  password: [secret]}}\n", NULL,
	YML "line 2: production.main.password: must be a string"},
    {"production: {main: {" PG ", database: d,\n  host: \"a\\0b\"}}\n", NULL,
	YML "line 2: production.main.host: must not contain NUL"},
    {"production: {main: {" PG ", database: d, keepalives: yes}}\n", NULL,
	YML "line 1: production.main.keepalives: "
	    "must be a number from 0 to 2147483647"},
    {"production: {main: {" PG ", database: d, keepalives: '1 host=x'}}\n",
	NULL,
	YML "line 1: production.main.keepalives: "
	    "must be a number from 0 to 2147483647"},
    {"production: {main: {" PG ", database: d, database_tasks: 0}}\n", NULL,
	YML "line 1: production.main.database_tasks: must be true or false"},
    {"production: {main: {" PG ", database: d, replica: 1}}\n", NULL,
	YML "line 1: production.main.replica: must be true or false"},
    {"x: {}\n", NULL, YML "production: no such section; there are: x"},
    {"[]\n", NULL, YML "must be a mapping of keys to values"},
};

/* Each of the ten names, and which of the four places wins. */
static void
test_overrides(void)
{
	static const char *const names[] = {"PGHOST", "PGPORT", "PGUSER",
	    "PGPASSWORD", "PGSSLMODE", "PGSSLKEY", "PGSSLCERT", "PGSSLROOTCERT",
	    "PGSSLCRL", "PGSSLCOMPRESSION"};
	/* Weakest first: ci's, then main's value after each is set. */
	static const struct {
		const char *prefix, *ci, *main;
	} steps[] = {
	    {"GITLAB_BACKUP_", "GITLAB_BACKUP_", "GITLAB_BACKUP_"},
	    {"GITLAB_BACKUP_CI_", "GITLAB_BACKUP_CI_", "GITLAB_BACKUP_"},
	    {"GITLAB_OVERRIDE_", "GITLAB_OVERRIDE_", "GITLAB_OVERRIDE_"},
	    {"GITLAB_OVERRIDE_CI_", "GITLAB_OVERRIDE_CI_", "GITLAB_OVERRIDE_"},
	};
	char *variable, *want;
	struct site *s;
	size_t i, j;

	put_source(NULL,
	    "production:\n"
	    "  main: &m {" PG ", database: d, host: 7, port: 7, username: 7,"
	    " password: 7, sslmode: 7, sslkey: 7, sslcert: 7, sslrootcert: 7,"
	    " sslcrl: 7, sslcompression: 7}\n  ci: *m\n");
	for (i = 0; i < COUNT(names); i++) {
		for (j = 0; j < COUNT(steps); j++) {
			variable = xasprintf("%s%s", steps[j].prefix, names[i]);
			assert(setenv(variable, steps[j].prefix, 1) == 0);
			free(variable);
			s = accept_site(names[i], NULL);
			assert(site_db(s, "ci")->env.n == COUNT(names));
			want = xasprintf("%s=%s", names[i], steps[j].ci);
			same("ci", want, site_db(s, "ci")->env.v[i]);
			free(want);
			want = xasprintf("%s=%s", names[i], steps[j].main);
			same("main", want, site_db(s, "main")->env.v[i]);
			free(want);
			want = xasprintf("%s=7", names[(i + 1) % 10]);
			same("next", want,
			    site_db(s, "ci")->env.v[(i + 1) % 10]);
			free(want);
			site_free(s);
		}
		clear_environment();
	}
	/* What is set to nothing does not override; what no file says does. */
	assert(setenv("GITLAB_OVERRIDE_PGHOST", "", 1) == 0);
	assert(setenv("GITLAB_BACKUP_MAIN_PGPORT", "1", 1) == 0);
	put_source(
	    NULL, "production: {main: {" PG ", database: d, host: f}}\n");
	s = accept_site("nothing", NULL);
	same_at("nothing", "main d PGHOST=f PGPORT=1", databases(s));
	site_free(s);
	clear_environment();
}

#define MAIN "  main: {" PG ", database: d, host: h, username: u}\n"
#define COMMAND(c) "production:\n  config_command: >-\n    " c "\n" MAIN
#define WRONG YML "line 2: production.config_command: "

static const struct row commands[] = {
    {"production:\n  config_command: ''\n" MAIN, "main d PGHOST=h PGUSER=u",
	NULL},
    {"production:\n  config_command: '  '\n" MAIN, "main d PGHOST=h PGUSER=u",
	NULL},
    {COMMAND("printf 'main: {password: s, host: i}'"),
	"main d PGHOST=i PGUSER=u PGPASSWORD=s", NULL},
    {COMMAND("cat"), NULL, WRONG "must print a mapping of keys to values"},
    {COMMAND("echo {main: {password: s}, ci: {" PG ", database: c}}"),
	"main d PGHOST=h PGUSER=u PGPASSWORD=s\nci c", NULL},
    {"config_command: 'echo production: {main: {password: s}}'\n"
     "production:\n" MAIN,
	"main d PGHOST=h PGUSER=u PGPASSWORD=s", NULL},
    {"production:\n  config_command: \"echo {password: s}\"\n"
     "  " PG "\n  database: d\n",
	"main d PGPASSWORD=s", NULL},
    {"production:\n  config_command: []\n", NULL, WRONG "must be a string"},
    {COMMAND("sh -c \"exit 7\""), NULL, WRONG "exit status 7"},
    {COMMAND("sh -c 'echo secret; kill -9 $$'"), NULL,
	WRONG "killed by signal 9 (Killed)"},
    {COMMAND("echo \"a"), NULL, WRONG "a quote is not closed"},
    {COMMAND("echo secret"), NULL,
	WRONG "must print a mapping of keys to values"},
    {COMMAND("true"), NULL, WRONG "must print a mapping of keys to values"},
    {COMMAND("no-such-program"), NULL,
	"no-such-program: No such file or directory"},
    {COMMAND("printf 'a: 1\\nb: {secret'"), NULL,
	YML "output of config_command: line 3: "
	    "did not find expected ',' or '}'"},
    {COMMAND("head -c 9000000 /dev/zero"), NULL,
	WRONG "printed more than 8 MiB"},
    /* What comes from the command has the line of what it went into. */
    {COMMAND("echo {main: {adapter: x}}"), NULL,
	YML "line 1: production.main.adapter: must be postgresql"},
};

static void
test_commands(void)
{
	const struct passwd *pw = getpwuid(geteuid());
	char *gitlab, *want;
	struct site *s;
	size_t i;

	assert(pw != NULL);
	gitlab = xasprintf("production: {gitlab: {user: %s}}\n", pw->pw_name);
	for (i = 0; i < COUNT(commands); i++)
		check(&commands[i], gitlab);
	free(gitlab);

	/* Root does not run what GitLab's user may have written. */
	put_source("production: {gitlab: {user: nobody}}\n",
	    COMMAND("sh -c 'echo main: {username: $(id -un)}'"));
	s = accept_site("user", NULL);
	want = xasprintf("main d PGHOST=h PGUSER=%s",
	    geteuid() == 0 ? "nobody" : pw->pw_name);
	same_at("user", want, databases(s));
	free(want);
	site_free(s);
}

static const struct {
	const char *text;
	const char *words; /* joined by "|"; NULL: refused */
} splits[] = {
    {"", ""},
    {" a  b\tc\n", "a|b|c"},
    {"a 'b  c' \"d e\"f", "a|b  c|d ef"},
    {"'' \"\" x", "||x"},
    {"a\\ b \\'c 'd\\'", "a b|'c|d\\"},
    {"\"a\\\"b\\c\\\\\"", "a\"b\\c\\"},
    {"a\\", "a\\"},
    {"'a", NULL},
    {"\"a'", NULL},
};

static void
test_split(void)
{
	struct list l = {NULL, 0};
	struct buf b = {NULL, 0, 0};
	size_t i, j;
	int rc;

	for (i = 0; i < COUNT(splits); i++) {
		rc = command_split(splits[i].text, &l);
		assert(rc == (splits[i].words != NULL ? 0 : -1));
		for (j = 0; j < l.n; j++)
			buf_printf(&b, "%s%s", j > 0 ? "|" : "", l.v[j]);
		if (rc == 0)
			same(splits[i].text, splits[i].words, buf_str(&b));
		buf_reset(&b);
		list_free(&l);
	}
	buf_free(&b);
}

int
main(void)
{
	size_t i;

	sitedir_start();
	for (i = 0; i < COUNT(rows); i++)
		check(&rows[i], NULL);
	test_overrides();
	test_commands();
	test_split();
	sitedir_end();
	return 0;
}
