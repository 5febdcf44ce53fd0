/* A GitLab site: where its files, databases, storages and kinds are. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/io.h"
#include "base/text.h"
#include "site/conf.h"
#include "site/database.h"
#include "site/find.h"
#include "site/gitaly.h"
#include "site/gitlab.h"
#include "site/path.h"
#include "site/site.h"
#include "site/yamldoc.h"

#define VERSION_MAX 100 /* it becomes part of a directory's name */

static bool
is_omnibus(const struct site *s)
{
	return strcmp(s->type, "omnibus") == 0;
}

static char *
choose_env(const struct site_where *where)
{
	const char *const order[] = {where->rails_env, getenv("RAILS_ENV"),
	    getenv("RACK_ENV"), "production"};
	size_t i = 0;

	while (order[i] == NULL || *order[i] == '\0')
		i++;
	return xstrdup(order[i]);
}

/* Why text cannot be a version, or NULL. */
static const char *
bad_version(const char *text, size_t n)
{
	size_t i, len;

	if (n == 0)
		return "is empty";
	if (n > VERSION_MAX)
		return "is too long for a version";
	for (i = 0; i < n; i += len) {
		len = text_utf8(text + i, n - i);
		if (len == 0 || text[i] == '/' ||
		    (len == 1 && iscntrl((unsigned char)text[i])))
			return "has characters that no version has";
	}
	return NULL;
}

/* The contents of ROOT/VERSION without white space around them. */
static int
read_version(struct site *s)
{
	char *file = path_expand("VERSION", s->root, NULL);
	char *name = text_line(file);
	struct buf b = {NULL, 0, 0};
	const char *start, *problem = NULL;
	size_t n;
	int rc;

	rc = io_read_file(AT_FDCWD, file, &b, 4096);
	if (rc == -1) {
		warn("%s", name);
		goto out;
	}
	start = buf_str(&b);
	n = b.len;
	for (; n > 0 && isspace((unsigned char)*start); n--)
		start++;
	while (n > 0 && isspace((unsigned char)start[n - 1]))
		n--;
	problem = bad_version(start, n);
	if (problem != NULL) {
		warnx("%s: %s", name, problem);
		rc = -1;
		goto out;
	}
	s->version = xstrndup(start, n);
out:
	buf_free(&b);
	free(name);
	free(file);
	return rc;
}

static int
read_gitlab(struct site *s, const char *prefix)
{
	struct json_object *doc;
	struct conf root, section;
	char *name, *backups;
	int rc;

	if (yamldoc_read(s->config, &doc) == -1)
		return -1;
	name = text_line(s->config);
	backups = is_omnibus(s) ? find_place(prefix, FIND_BACKUPS)
				: xstrdup("tmp/backups");
	rc = conf_root(&root, name, doc);
	if (rc == 0)
		rc = conf_section(&root, s->env, &section);
	if (rc == 0)
		rc = read_version(s); /* it decides which kinds there are */
	if (rc == 0)
		rc = gitlab_read(s, &section, backups);
	free(backups);
	free(name);
	json_object_put(doc);
	return rc;
}

static int
read_database(struct site *s)
{
	struct json_object *doc;
	struct conf root;
	char *name;
	int rc;

	if (yamldoc_read(s->db_config, &doc) == -1)
		return -1;
	name = text_line(s->db_config);
	rc = conf_root(&root, name, doc);
	if (rc == 0)
		rc = database_read(s, &root);
	free(name);
	json_object_put(doc);
	return rc;
}

static void
read_gitaly(struct site *s, const char *prefix)
{
	char *file;

	/* A GitLab from source and its Gitaly are neighbours. */
	file = is_omnibus(s)
	    ? find_place(prefix, FIND_GITALY)
	    : path_expand("../gitaly/config.toml", s->root, NULL);
	gitaly_paths(s, file);
	free(file);
}

/* Puts Omnibus's programs first on PATH, if they are there. */
static int
add_programs(const char *prefix)
{
	char *dir = find_place(prefix, FIND_BIN), *joined = NULL;
	const char *path = getenv("PATH");
	size_t n = strlen(dir);
	struct stat st;
	int rc = 0;

	if (stat(dir, &st) == 0 && S_ISDIR(st.st_mode) &&
	    (path == NULL || strncmp(path, dir, n) != 0 ||
		(path[n] != ':' && path[n] != '\0'))) {
		joined = path != NULL && *path != '\0'
		    ? xasprintf("%s:%s", dir, path)
		    : xstrdup(dir);
		rc = setenv("PATH", joined, 1);
		if (rc == -1)
			warn("PATH");
	}
	free(joined);
	free(dir);
	return rc;
}

struct site *
site_read_below(const struct site_where *where, const char *prefix)
{
	static const struct site_where nowhere = {NULL, NULL, NULL};
	struct site *s = xcalloc(1, sizeof(*s));

	if (where == NULL)
		where = &nowhere;
	s->env = choose_env(where);
	if (find_site(where, prefix, s) == -1 || read_gitlab(s, prefix) == -1)
		goto fail;
	read_gitaly(s, prefix);
	if (is_omnibus(s) && add_programs(prefix) == -1)
		goto fail;
	if (read_database(s) == -1)
		goto fail;
	return s;
fail:
	site_free(s);
	return NULL;
}

struct site *
site_read(const struct site_where *where)
{
	return site_read_below(where, "");
}

static void
free_connection(struct site_connection *c)
{
	free(c->provider);
	free(c->project);
	free(c->universe);
}

void
site_free(struct site *s)
{
	size_t i;

	if (s == NULL)
		return;
	for (i = 0; i < s->n_dbs; i++) {
		free(s->dbs[i].name);
		free(s->dbs[i].database);
		free(s->dbs[i].conninfo);
		free(s->dbs[i].why);
		list_free(&s->dbs[i].env);
	}
	for (i = 0; i < s->n_storages; i++) {
		free(s->storages[i].name);
		free(s->storages[i].address);
		free(s->storages[i].token);
		free(s->storages[i].path);
	}
	for (i = 0; i < s->n_kinds; i++) {
		free(s->kinds[i].dir);
		free(s->kinds[i].bucket);
		free_connection(&s->kinds[i].connection);
	}
	free_connection(&s->common);
	free(s->dbs);
	free(s->storages);
	free(s->kinds);
	free(s->root);
	free(s->context);
	free(s->config);
	free(s->db_config);
	free(s->env);
	free(s->version);
	free(s->user);
	free(s->host);
	free(s->backup_path);
	free(s->gitaly_backup);
	free(s->pg_schema);
	free(s);
}

const struct site_db *
site_db(const struct site *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->n_dbs; i++)
		if (strcmp(s->dbs[i].name, name) == 0)
			return &s->dbs[i];
	return NULL;
}

const struct site_kind *
site_kind(const struct site *s, const char *id)
{
	size_t i;

	for (i = 0; i < s->n_kinds; i++)
		if (strcmp(s->kinds[i].id, id) == 0)
			return &s->kinds[i];
	return NULL;
}

const struct site_storage *
site_storage(const struct site *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->n_storages; i++)
		if (strcmp(s->storages[i].name, name) == 0)
			return &s->storages[i];
	return NULL;
}
