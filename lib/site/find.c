/* Where the site is: its root and its two files. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"
#include "site/conf.h"
#include "site/find.h"
#include "site/path.h"
#include "site/yamldoc.h"

#define GITLAB "/opt/gitlab"
#define DATA "/var/opt/gitlab"

static const char *const places[] = {
    [FIND_ROOT] = GITLAB "/embedded/service/gitlab-rails",
    [FIND_BIN] = GITLAB "/embedded/bin",
    [FIND_CONFIG] = DATA "/gitlab-rails/etc/gitlab.yml",
    [FIND_DATABASE] = DATA "/gitlab-rails/etc/database.yml",
    [FIND_GITALY] = DATA "/gitaly/config.toml",
    [FIND_BACKUPS] = DATA "/backups",
    [FIND_CONTEXT] = GITLAB "/etc/gitlab-backup-context.yml",
    [FIND_CONTEXT_OLD] = GITLAB "/etc/gitlab-backup-cli-config.yml",
    [FIND_CONTEXT_OLDER] = GITLAB "/etc/gitlab-backup-cli-context.yml",
};

char *
find_place(const char *prefix, enum find_place p)
{
	return xasprintf("%s%s", prefix, places[p]);
}

/*
 * Whether something is there.  If even that cannot be seen (EACCES), it is:
 * reading it will then say why not, instead of another site being taken.
 */
static bool
exists(const char *path)
{
	return access(path, F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

/* An environment variable that is set to something. */
static const char *
environment(const char *name)
{
	const char *v = getenv(name);

	return v != NULL && *v != '\0' ? v : NULL;
}

/* path_absolute() that warns.  what is said if path is empty. */
static char *
absolute(const char *path, const char *what)
{
	char *found = NULL;

	if (*path == '\0')
		warnx("%s: must not be empty", what);
	else if ((found = path_absolute(path)) == NULL)
		warn("working directory");
	return found;
}

/* "installation_type"; what has none is Omnibus, which invented the file. */
static int
context_type(const struct conf *c, struct site *s)
{
	char *type;
	int rc = 0;

	if (conf_string(c, "installation_type", &type) == -1)
		return -1;
	if (type == NULL || strcmp(type, "omnibus") == 0)
		s->type = "omnibus";
	else if (strcmp(type, "source") == 0)
		s->type = "source";
	else
		rc = conf_fail(
		    c, "installation_type", "must be omnibus or source");
	free(type);
	return rc;
}

/* Section's config_path, seen from the context file's directory. */
static int
context_path(
    const struct conf *c, const char *section, const char *dir, char **path)
{
	struct conf sub;
	char *value;

	*path = NULL;
	if (conf_sub(c, section, &sub) == -1 ||
	    conf_string(&sub, "config_path", &value) == -1)
		return -1;
	if (value == NULL)
		return 0;
	*path = path_expand(value, dir, getenv("HOME"));
	free(value);
	if (*path == NULL)
		return conf_fail(&sub, "config_path", "no such home directory");
	return 0;
}

/* The context file's root: of one installed from source, what config/ is in. */
static char *
context_root(const struct site *s, const char *prefix)
{
	char *dir, *root;

	if (strcmp(s->type, "omnibus") == 0)
		return find_place(prefix, FIND_ROOT);
	dir = path_parent(s->config);
	root = path_parent(dir);
	free(dir);
	return root;
}

static int
context_settings(
    const struct conf *c, const char *dir, const char *prefix, struct site *s)
{
	struct json_object *version = conf_value(c, "version");
	struct conf gitlab;
	char *beside;

	/* A later version may mean something else by the same words. */
	if (version != NULL &&
	    (!json_object_is_type(version, json_type_int) ||
		json_object_get_int64(version) != 1))
		return conf_fail(c, "version", "must be 1");
	if (context_type(c, s) == -1 ||
	    context_path(c, "gitlab", dir, &s->config) == -1 ||
	    context_path(c, "database", dir, &s->db_config) == -1)
		return -1;
	if (s->config == NULL) {
		conf_sub(c, "gitlab", &gitlab);
		return conf_fail(&gitlab, "config_path", "missing");
	}
	if (s->db_config == NULL) {
		beside = path_parent(s->config);
		s->db_config = path_expand("database.yml", beside, NULL);
		free(beside);
	}
	if (s->root == NULL)
		s->root = context_root(s, prefix);
	return 0;
}

/* Takes over file, an absolute path. */
static int
read_context(char *file, const char *prefix, struct site *s)
{
	struct json_object *doc;
	struct conf c;
	char *name, *dir;
	int rc;

	s->context = file;
	if (yamldoc_read(file, &doc) == -1)
		return -1;
	name = text_line(file);
	dir = path_parent(file);
	rc = conf_root(&c, name, doc);
	if (rc == 0)
		rc = context_settings(&c, dir, prefix, s);
	free(dir);
	free(name);
	json_object_put(doc);
	return rc;
}

/* s->root is known: the rest of a GitLab installed from source. */
static int
source(struct site *s)
{
	s->type = "source";
	s->config = path_expand("config/gitlab.yml", s->root, NULL);
	s->db_config = path_expand("config/database.yml", s->root, NULL);
	return 0;
}

/* Nothing was named: Omnibus's own places. */
static int
omnibus(const char *prefix, struct site *s)
{
	static const enum find_place order[] = {
	    FIND_CONTEXT, FIND_CONTEXT_OLD, FIND_CONTEXT_OLDER, FIND_CONFIG};
	struct buf tried = {NULL, 0, 0};
	char *path;
	size_t i;

	for (i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		path = find_place(prefix, order[i]);
		if (exists(path))
			break;
		buf_printf(&tried, "%s%s", i > 0 ? ", " : "", path);
		free(path);
	}
	if (i == sizeof(order) / sizeof(order[0])) {
		warnx("GitLab: not found: no %s; name it with --gitlab-path, "
		      "--context or GITLAB_PATH",
		    buf_str(&tried));
		buf_free(&tried);
		return -1;
	}
	buf_free(&tried);
	if (order[i] != FIND_CONFIG)
		return read_context(path, prefix, s);
	s->type = "omnibus";
	s->root = find_place(prefix, FIND_ROOT);
	s->config = path;
	s->db_config = find_place(prefix, FIND_DATABASE);
	return 0;
}

int
find_site(const struct site_where *where, const char *prefix, struct site *s)
{
	const char *context = where->context, *root = where->gitlab_path;
	char *file;

	if (context == NULL && root == NULL) {
		context = environment("GITLAB_BACKUP_CONTEXT_FILE");
		if (context == NULL)
			context = environment("GITLAB_BACKUP_CLI_CONFIG_FILE");
		if (context == NULL)
			root = environment("GITLAB_PATH");
	}
	if (root != NULL) {
		s->root = absolute(root, "--gitlab-path");
		if (s->root == NULL)
			return -1;
	}
	if (context == NULL)
		return root != NULL ? source(s) : omnibus(prefix, s);
	file = absolute(context, "--context");
	return file != NULL ? read_context(file, prefix, s) : -1;
}
