/* gitlab.yml: users, backups, storages, kinds of blobs. */
/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "site/gitlab.h"
#include "site/kinds.h"
#include "site/objects.h"
#include "site/path.h"
#include "site/yamlmap.h"

int
gitlab_dir(
    const struct site *s, const struct conf *c, const char *key, char **dir)
{
	char *value, *home, *found;

	if (conf_string(c, key, &value) == -1)
		return -1;
	if (value == NULL)
		return 0;
	home = path_home(s->user);
	found = path_expand(value, s->root, home);
	free(home);
	free(value);
	if (found == NULL)
		return conf_fail(c, key, "no such home directory");
	free(*dir);
	*dir = found;
	return 0;
}

/*
 * backup.archive_permissions: a number, which YAML has read as octal if it
 * began with 0, or octal digits in a string ("0600", "0o600").
 */
static int
archive_mode(struct site *s, const struct conf *c)
{
	static const char key[] = "archive_permissions";
	struct json_object *v = conf_value(c, key);
	long long mode = 0600;
	const char *text;
	char *end;

	if (json_object_is_type(v, json_type_string)) {
		text = json_object_get_string(v);
		if (strncmp(text, "0o", 2) == 0)
			text += 2;
		mode = strtoll(text, &end, 8);
		if (!isdigit((unsigned char)*text) || *end != '\0')
			mode = -1;
	} else if (json_object_is_type(v, json_type_int)) {
		mode = json_object_get_int64(v);
	} else if (v != NULL) {
		mode = -1;
	}
	/* A decimal 600 is 01130: above, as every forgotten 0 is. */
	if (mode < 0 || mode > 0777)
		return conf_fail(c, key, "must be octal, from 0 to 0777");
	s->archive_mode = (mode_t)mode;
	return 0;
}

static int
backup(struct site *s, const struct conf *section, const char *backups)
{
	struct conf c;

	s->backup_path = path_expand(backups, s->root, NULL);
	if (conf_sub(section, "backup", &c) == -1 ||
	    gitlab_dir(s, &c, "path", &s->backup_path) == -1 ||
	    conf_string(&c, "gitaly_backup_path", &s->gitaly_backup) == -1 ||
	    conf_string(&c, "pg_schema", &s->pg_schema) == -1 ||
	    conf_int(&c, "keep_time", 0, INT64_MAX, &s->keep_time) == -1)
		return -1;
	return archive_mode(s, &c);
}

/* Its name becomes the name of a directory in the backup. */
static bool
good_name(const char *name)
{
	const char *p;

	for (p = name; *p != '\0'; p++)
		if (*p == '/' || iscntrl((unsigned char)*p))
			return false;
	return *name != '\0' && strcmp(name, ".") != 0 &&
	    strcmp(name, "..") != 0;
}

static int
storage(
    struct site *s, const struct conf *all, const char *name, const char *token)
{
	struct site_storage *st = &s->storages[s->n_storages];
	struct conf c;

	if (!good_name(name))
		return conf_fail(all, name, "is no name for a storage");
	if (conf_sub(all, name, &c) == -1)
		return -1;
	s->n_storages++;
	st->name = xstrdup(name);
	if (conf_string(&c, "gitaly_address", &st->address) == -1 ||
	    conf_text(&c, "gitaly_token", &st->token) == -1 ||
	    gitlab_dir(s, &c, "path", &st->path) == -1)
		return -1;
	if (st->token == NULL && token != NULL)
		st->token = xstrdup(token);
	return 0;
}

static int
storages(struct site *s, const struct conf *section)
{
	struct conf repositories, all, gitaly;
	const struct lh_entry *e;
	char *token = NULL;
	int rc = 0;

	if (conf_sub(section, "repositories", &repositories) == -1 ||
	    conf_sub(&repositories, "storages", &all) == -1 ||
	    conf_sub(section, "gitaly", &gitaly) == -1 ||
	    conf_text(&gitaly, "token", &token) == -1)
		return -1;
	if (all.map == NULL) {
		free(token);
		return 0;
	}
	s->storages = xcalloc((size_t)json_object_object_length(all.map) + 1,
	    sizeof(*s->storages));
	for (e = yamlmap_first(all.map); rc == 0 && e != NULL;
	     e = lh_entry_next(e))
		rc = storage(s, &all, yamlmap_key(e), token);
	free(token);
	return rc;
}

int
gitlab_read(struct site *s, const struct conf *section, const char *backups)
{
	struct conf c;

	if (conf_sub(section, "gitlab", &c) == -1 ||
	    conf_string(&c, "user", &s->user) == -1 ||
	    conf_text(&c, "host", &s->host) == -1)
		return -1;
	if (s->user == NULL)
		s->user = xstrdup("git");
	if (s->host == NULL)
		s->host = xstrdup("localhost");
	if (backup(s, section, backups) == -1 || storages(s, section) == -1 ||
	    objects_read_common(section, &s->common) == -1)
		return -1;
	return kinds_read(s, section);
}
