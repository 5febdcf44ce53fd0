/* The databases before a restore: those of both sides, rights, sessions. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <dirent.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/prog.h"
#include "base/text.h"
#include "proc/child.h"
#include "restore.h"
#include "site/options.h"

#define ANSWER_MAX (1 << 20)
#define TAIL "database.sql.gz"

/* The database whose dump is called so; NULL if it is none. */
static char *
database_of(const char *file)
{
	size_t n = strlen(file);

	if (strcmp(file, TAIL) == 0)
		return xstrdup("main");
	if (!text_ends(file, "_" TAIL) || n == strlen("_" TAIL))
		return NULL;
	return xstrndup(file, n - strlen("_" TAIL));
}

/* A dump for which the site has no database of its own. */
static void
look_at_dump(struct restore *r, const char *name)
{
	const struct site_db *db = site_db(r->site, name);

	if (db != NULL && db->dumped)
		return;
	problems_add(&r->problems, PROG_FAILED, name,
	    "the backup has this database, the site %s%s: what is in it would "
	    "be lost",
	    db == NULL ? "does not" : "has none of its own: ",
	    db == NULL ? "" : db->why);
}

static void
look_at_dumps(struct restore *r)
{
	char *path = xasprintf("%s/db", r->dir), *name;
	struct dirent *e;
	DIR *d = opendir(path);

	if (d == NULL) {
		problems_add(&r->problems, PROG_FAILED, path, "cannot be read");
		free(path);
		return;
	}
	while ((e = readdir(d)) != NULL) {
		name = database_of(e->d_name);
		if (name != NULL)
			look_at_dump(r, name);
		free(name);
	}
	closedir(d);
	free(path);
}

/* A database of the site for which there is no dump. */
static void
look_for_dumps(struct restore *r)
{
	char *file;
	size_t i;

	for (i = 0; i < r->site->n_dbs; i++) {
		if (!r->site->dbs[i].dumped)
			continue;
		file = restore_dump_name(r->site->dbs[i].name);
		if (!restore_has(r, file))
			problems_add(&r->problems, PROG_FAILED,
			    r->site->dbs[i].name,
			    "the site has this database of its own, the backup "
			    "does not (%s): what is in it would not fit the "
			    "others",
			    file);
		free(file);
	}
}

/*
 * Is a session one of GitLab's own programs?  With leaving those of ours are
 * not: a restore that was killed has left them, and they end with what they do
 * just now, or the rollback that comes first waits for them, or ends them.
 */
static bool
is_gitlab(json_object *session, const char *user, bool leaving)
{
	static const char *const names[] = {"puma", "sidekiq", "gitlab",
	    "rails", "rake", "unicorn", "geo", "mail_room", "workhorse",
	    "glb-"};
	const char *name = js_string(session, "application");
	size_t i;

	if (leaving && text_starts(name, "glb-"))
		return false;
	if (user != NULL && strcmp(js_string(session, "user"), user) == 0)
		return true;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcasestr(name, names[i]) != NULL)
			return true;
	return false;
}

/* The user that database.yml connects as, or NULL. */
static const char *
user_of(const struct site_db *db)
{
	size_t i;

	for (i = 0; db != NULL && i < db->env.n; i++)
		if (text_starts(db->env.v[i], "PGUSER="))
			return db->env.v[i] + strlen("PGUSER=");
	return NULL;
}

/* Adds "puma (process 12), ..." of the one sort or the other. */
static size_t
name_sessions(const struct restore *r, json_object *sessions, const char *user,
    bool gitlab, struct buf *out)
{
	bool leaving =
	    r->earlier == JOURNAL_RESTORING || r->earlier == JOURNAL_DISCARDING;
	size_t i, n = 0;
	json_object *s;

	for (i = 0; i < json_object_array_length(sessions); i++) {
		s = json_object_array_get_idx(sessions, i);
		if (is_gitlab(s, user, leaving) != gitlab)
			continue;
		buf_printf(out, "%s%s (process %llu)", n > 0 ? ", " : "",
		    *js_string(s, "application") != '\0'
			? js_string(s, "application")
			: js_string(s, "user"),
		    (unsigned long long)js_number(s, "pid"));
		n++;
	}
	return n;
}

/* GitLab must not work on the database meanwhile, nor hold locks on it. */
static void
look_at_sessions(struct restore *r, const char *name, json_object *sessions)
{
	const char *user = user_of(site_db(r->site, name));
	struct buf out = {NULL, 0, 0};

	if (name_sessions(r, sessions, user, true, &out) > 0)
		problems_add(&r->problems,
		    r->opts->force ? PROG_DONE : PROG_FAILED, name,
		    "GitLab is connected: %s%s", buf_str(&out),
		    r->opts->force ? "" : ": stop it (--force)");
	buf_reset(&out);
	if (name_sessions(r, sessions, user, false, &out) > 0)
		problems_add(&r->problems, PROG_DONE, name,
		    "others are connected: %s", buf_str(&out));
	buf_free(&out);
}

/* One object that glb-dbdump check has printed. */
static void
take_answer(struct restore *r, json_object *o)
{
	const char *name = js_string(o, "database");
	json_object *list = js_array(o, "problems");
	char *server;
	size_t i;

	for (i = 0; list != NULL && i < json_object_array_length(list); i++)
		problems_add(&r->problems, PROG_FAILED, name, "%s",
		    json_object_get_string(json_object_array_get_idx(list, i)));
	list = js_array(o, "foreign");
	for (i = 0; list != NULL && i < json_object_array_length(list); i++)
		problems_add(&r->problems,
		    r->opts->force ? PROG_DONE : PROG_FAILED, name,
		    "%s: the dump replaces that, and nothing brings it back%s",
		    json_object_get_string(json_object_array_get_idx(list, i)),
		    r->opts->force ? "" : " (--force)");
	/* Not the driver's: what another hand has put aside is not for us. */
	if (r->earlier == JOURNAL_NONE &&
	    strcmp(js_string(o, "aside"), "kept") == 0)
		problems_add(&r->problems, PROG_FAILED, name,
		    "what a load has replaced is still kept: glb-dbdump "
		    "discard %s, or rollback %s, comes first",
		    name, name);
	list = js_array(o, "sessions");
	if (list != NULL)
		look_at_sessions(r, name, list);
	if (!list_has(&r->tasks, "db"))
		return;
	server = xasprintf("PostgreSQL %s", js_string(o, "server"));
	preflight_target(
	    r, name, js_string(o, "name"), server, UINT64_MAX, UINT64_MAX);
	free(server);
}

/* Asks glb-dbdump, as the application's user, about these databases. */
static void
ask(struct restore *r, const struct list *names)
{
	struct buf out = {NULL, 0, 0}, said = {NULL, 0, 0};
	struct list argv = {NULL, 0};
	struct child_spec spec;
	char *rest, *line;
	json_object *o;
	size_t i, n = 0;

	list_split(&argv, "glb-dbdump,check");
	site_options(r->site, &argv);
	for (i = 0; i < names->n; i++)
		list_add(&argv, names->v[i]);
	spec = (struct child_spec)CHILD_SPEC(argv.v);
	if (child_run(&spec, &out, &said, ANSWER_MAX) != -1) {
		rest = out.data;
		while (rest != NULL && (line = strsep(&rest, "\n")) != NULL) {
			o = json_tokener_parse(line);
			if (json_object_is_type(o, json_type_object)) {
				take_answer(r, o);
				n++;
			}
			json_object_put(o);
		}
	}
	/* It has told the problems of those that it has looked at. */
	if (n < names->n)
		problems_add(&r->problems, PROG_FAILED, "databases",
		    "cannot be looked at: %s", buf_str(&said));
	list_free(&argv);
	buf_free(&out);
	buf_free(&said);
}

void
preflight_databases(struct restore *r)
{
	struct list names = {NULL, 0};
	size_t i;

	if (list_has(&r->tasks, "db")) {
		look_at_dumps(r);
		look_for_dumps(r);
		for (i = 0; i < r->site->n_dbs; i++)
			if (r->site->dbs[i].dumped)
				list_add(&names, r->site->dbs[i].name);
	} else {
		list_add(&names, "main");
	}
	if (names.n > 0)
		ask(r, &names);
	list_free(&names);
}
