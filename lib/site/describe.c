/* A site as JSON: what was found, for people and programs to look at. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <fcntl.h>
#include <unistd.h>

#include "site/describe.h"

const char *
site_dir_state(const char *path)
{
	struct stat st;

	if (path == NULL)
		return "unknown";
	if (stat(path, &st) == -1)
		return "missing";
	return S_ISDIR(st.st_mode) &&
		faccessat(AT_FDCWD, path, R_OK | X_OK, AT_EACCESS) == -1
	    ? "unreadable"
	    : "found";
}

static json_object *
databases_array(const struct site *s)
{
	json_object *list = json_object_new_array(), *o;
	size_t i;

	for (i = 0; i < s->n_dbs; i++) {
		o = json_object_new_object();
		js_put_text(o, "name", s->dbs[i].name);
		js_put_text(o, "database", s->dbs[i].database);
		js_put_bool(o, "dumped", s->dbs[i].dumped);
		js_put_text(o, "why", s->dbs[i].why);
		json_object_array_add(list, o);
	}
	return list;
}

static json_object *
storages_array(const struct site *s)
{
	json_object *list = json_object_new_array(), *o;
	size_t i;

	for (i = 0; i < s->n_storages; i++) {
		o = json_object_new_object();
		js_put_text(o, "name", s->storages[i].name);
		js_put_text(o, "path", s->storages[i].path);
		js_put_text(o, "gitaly_address", s->storages[i].address);
		js_put_text(o, "state", site_dir_state(s->storages[i].path));
		json_object_array_add(list, o);
	}
	return list;
}

static json_object *
kinds_array(const struct site *s)
{
	json_object *list = json_object_new_array(), *o;
	size_t i;

	for (i = 0; i < s->n_kinds; i++) {
		o = json_object_new_object();
		js_put_text(o, "task", s->kinds[i].id);
		js_put_text(o, "directory", s->kinds[i].dir);
		js_put_text(o, "state", site_dir_state(s->kinds[i].dir));
		js_put_bool(o, "enabled", s->kinds[i].enabled);
		js_put_text(o, "bucket", s->kinds[i].bucket);
		js_put_text(o, "provider", s->kinds[i].connection.provider);
		js_put_text(
		    o, "google_project", s->kinds[i].connection.project);
		json_object_array_add(list, o);
	}
	return list;
}

json_object *
site_describe(const struct site *s)
{
	json_object *o = json_object_new_object();

	js_put_text(o, "installation", s->type);
	js_put_text(o, "gitlab_path", s->root);
	js_put_text(o, "context_file", s->context);
	js_put_text(o, "gitlab_yml", s->config);
	js_put_text(o, "database_yml", s->db_config);
	js_put_text(o, "environment", s->env);
	js_put_text(o, "gitlab_version", s->version);
	js_put_text(o, "user", s->user);
	js_put_text(o, "host", s->host);
	js_put_text(o, "backup_path", s->backup_path);
	json_object_object_add(o, "databases", databases_array(s));
	json_object_object_add(o, "storages", storages_array(s));
	json_object_object_add(o, "kinds", kinds_array(s));
	return o;
}
