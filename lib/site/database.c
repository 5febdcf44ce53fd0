/* database.yml: which databases there are, and how they are reached. */
/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "site/command.h"
#include "site/database.h"
#include "site/yamlmap.h"

/*
 * Settings by libpq's environment names.  Those that may be overridden are the
 * ones that GitLab lets be overridden, to go round PgBouncer.
 */
static const struct setting {
	const char *env;
	bool overridden;
	const char *keys[2]; /* the first that is there */
	int64_t max; /* of a number; 0: text */
} settings[] = {
    {"PGHOST", true, {"host", "socket"}, 0},
    {"PGPORT", true, {"port", NULL}, 65535},
    {"PGUSER", true, {"username", NULL}, 0},
    {"PGPASSWORD", true, {"password", NULL}, 0},
    {"PGSSLMODE", true, {"sslmode", NULL}, 0},
    {"PGSSLKEY", true, {"sslkey", NULL}, 0},
    {"PGSSLCERT", true, {"sslcert", NULL}, 0},
    {"PGSSLROOTCERT", true, {"sslrootcert", "sslca"}, 0},
    {"PGSSLCRL", true, {"sslcrl", NULL}, 0},
    {"PGSSLCOMPRESSION", true, {"sslcompression", NULL}, 0},
    {"PGSSLCRLDIR", false, {"sslcrldir", NULL}, 0},
    {"PGSSLSNI", false, {"sslsni", NULL}, 0},
    {"PGSSLMINPROTOCOLVERSION", false, {"ssl_min_protocol_version", NULL}, 0},
    {"PGSSLMAXPROTOCOLVERSION", false, {"ssl_max_protocol_version", NULL}, 0},
    {"PGCHANNELBINDING", false, {"channel_binding", NULL}, 0},
    {"PGGSSENCMODE", false, {"gssencmode", NULL}, 0},
    {"PGKRBSRVNAME", false, {"krbsrvname", NULL}, 0},
    {"PGREQUIREPEER", false, {"requirepeer", NULL}, 0},
    {"PGPASSFILE", false, {"passfile", NULL}, 0},
    {"PGCONNECT_TIMEOUT", false, {"connect_timeout", NULL}, INT32_MAX},
    {"PGTARGETSESSIONATTRS", false, {"target_session_attrs", NULL}, 0},
    {"PGOPTIONS", false, {"options", NULL}, 0},
};

/* Settings, all numbers, for which libpq knows no environment name. */
static const char *const numbers[] = {"keepalives", "keepalives_idle",
    "keepalives_interval", "keepalives_count", "tcp_user_timeout"};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* What the environment says instead of the file for database name; or NULL. */
static char *
override(const char *name, const char *env)
{
	static const char *const prefixes[] = {
	    "GITLAB_OVERRIDE_", "GITLAB_BACKUP_"};
	char *upper = xstrdup(name), *p, *variable;
	const char *v = NULL;
	size_t i;

	for (p = upper; *p != '\0'; p++)
		*p = (char)toupper((unsigned char)*p);
	for (i = 0; i < 2 * COUNT(prefixes); i++) {
		/* Each prefix first with the name, then without. */
		variable = xasprintf("%s%s%s%s", prefixes[i / 2],
		    i % 2 == 0 ? upper : "", i % 2 == 0 ? "_" : "", env);
		v = getenv(variable);
		free(variable);
		if (v != NULL && *v != '\0')
			break;
		v = NULL;
	}
	free(upper);
	return v != NULL ? xstrdup(v) : NULL;
}

static int
setting(const struct setting *t, const struct conf *c, struct site_db *db)
{
	char *value = NULL;
	int64_t n = 0;
	size_t i;

	/* Wrong in the file is wrong, even where something else wins. */
	if (t->max != 0 && conf_int(c, t->keys[0], 0, t->max, &n) == -1)
		return -1;
	if (t->overridden)
		value = override(db->name, t->env);
	for (i = 0; value == NULL && i < COUNT(t->keys); i++)
		if (t->keys[i] != NULL &&
		    conf_text(c, t->keys[i], &value) == -1)
			return -1;
	if (value != NULL)
		list_addf(&db->env, "%s=%s", t->env, value);
	free(value);
	return 0;
}

static int
connection(const struct conf *c, struct site_db *db)
{
	struct buf b = {NULL, 0, 0};
	int64_t n;
	size_t i;

	for (i = 0; i < COUNT(settings); i++)
		if (setting(&settings[i], c, db) == -1)
			return -1;
	for (i = 0; i < COUNT(numbers); i++) {
		n = -1;
		if (conf_int(c, numbers[i], 0, INT32_MAX, &n) == -1) {
			buf_free(&b);
			return -1;
		}
		if (n != -1)
			buf_printf(&b, "%s%s=%" PRId64, b.len > 0 ? " " : "",
			    numbers[i], n);
	}
	if (b.len > 0)
		db->conninfo = buf_take(&b);
	return 0;
}

/* Whether it is to be dumped, and if not, why. */
static int
judge(const struct conf *c, struct site_db *db)
{
	bool tasks = true, replica = false;
	const char *why = NULL;

	if (conf_bool(c, "database_tasks", &tasks) == -1 ||
	    conf_bool(c, "replica", &replica) == -1)
		return -1;
	if (strcmp(db->name, "geo") == 0)
		why = "Geo's tracking database, never backed up";
	else if (strcmp(db->name, "embedding") == 0)
		why = "embedding database, never backed up";
	else if (replica)
		why = "replica (replica: true)";
	else if (!tasks)
		why = "shares another's database (database_tasks: false)";
	db->dumped = why == NULL;
	db->why = why != NULL ? xstrdup(why) : NULL;
	return 0;
}

/* Its name becomes part of a file's name, and of a variable's. */
static bool
good_name(const char *name)
{
	const char *p;

	for (p = name; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p) && *p != '_' && *p != '-')
			return false;
	return *name != '\0';
}

static int
adapter(const struct conf *c)
{
	char *found;
	int rc = 0;

	if (conf_string(c, "adapter", &found) == -1)
		return -1;
	if (found == NULL || strcmp(found, "postgresql") != 0)
		rc = conf_fail(c, "adapter", "must be postgresql");
	free(found);
	return rc;
}

/* The next database of s, called name, whose settings are *c. */
static int
database(struct site *s, const struct conf *c, const char *name)
{
	struct site_db *db = &s->dbs[s->n_dbs++];

	db->name = xstrdup(name);
	if (judge(c, db) == -1 ||
	    conf_text(c, "database", &db->database) == -1 ||
	    connection(c, db) == -1)
		return -1;
	if (!db->dumped)
		return 0;
	if (db->database == NULL)
		return conf_fail(c, "database", "missing");
	return adapter(c);
}

/*
 * In the oldest form the section holds the settings of main themselves: some
 * value in it is no mapping.
 */
static bool
is_flat(const struct conf *section)
{
	const struct lh_entry *e;

	if (conf_value(section, "main") != NULL)
		return false;
	for (e = yamlmap_first(section->map); e != NULL; e = lh_entry_next(e))
		if (strcmp(yamlmap_key(e), "config_command") != 0 &&
		    lh_entry_v(e) != NULL &&
		    !json_object_is_type(lh_entry_v(e), json_type_object))
			return true;
	return false;
}

static int
named(struct site *s, const struct conf *section, const char *name)
{
	struct conf c;

	if (!good_name(name))
		return conf_fail(
		    section, name, "must be letters, digits, _ and -");
	if (conf_sub(section, name, &c) == -1)
		return -1;
	return database(s, &c, name);
}

static int
databases(struct site *s, const struct conf *section)
{
	const struct lh_entry *e;
	const char *name;
	size_t n = 1;

	if (section->map != NULL)
		n += (size_t)json_object_object_length(section->map);
	s->dbs = xcalloc(n, sizeof(*s->dbs));
	if (is_flat(section))
		return database(s, section, "main");
	if (conf_value(section, "main") == NULL)
		return conf_fail(section, "main", "missing");
	if (named(s, section, "main") == -1)
		return -1;
	for (e = yamlmap_first(section->map); e != NULL; e = lh_entry_next(e)) {
		name = yamlmap_key(e);
		if (lh_entry_v(e) != NULL && strcmp(name, "main") != 0 &&
		    strcmp(name, "config_command") != 0 &&
		    named(s, section, name) == -1)
			return -1;
	}
	return 0;
}

int
database_read(struct site *s, const struct conf *root)
{
	struct json_object *over_all, *over_section = NULL;
	struct conf all = *root, section;
	int rc;

	/*
	 * GitLab looks for the command in the section; one above all of them
	 * is understood, too, and prints sections.
	 */
	rc = command_merge(&all, s->user, &over_all);
	if (rc == 0)
		rc = conf_section(&all, s->env, &section);
	if (rc == 0)
		rc = command_merge(&section, s->user, &over_section);
	if (rc == 0)
		rc = databases(s, &section);
	json_object_put(over_section);
	json_object_put(over_all);
	return rc;
}
