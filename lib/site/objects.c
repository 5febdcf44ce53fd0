/* Which kinds of blobs are kept in buckets, as GitLab itself decides it. */
/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "site/objects.h"
#include "site/yamlmap.h"

/*
 * Kinds that GitLab Workhorse serves: if one of them has its own connection,
 * there is no common one.  The others may have theirs beside it, and need no
 * bucket to be enabled.
 */
static const char *const accelerated[] = {"artifacts", "external_diffs", "lfs",
    "uploads", "packages", "dependency_proxy", "terraform_state",
    "agent_plan_content", "ci_catalog_bundles"};

#define ACCELERATED (sizeof(accelerated) / sizeof(accelerated[0]))

static bool
is_accelerated(const char *type)
{
	size_t i;

	for (i = 0; i < ACCELERATED; i++)
		if (strcmp(type, accelerated[i]) == 0)
			return true;
	return false;
}

/* An object_store table, the common one or a kind's own. */
struct store {
	struct conf in; /* section, or the kind's part of it */
	struct conf at; /* its object_store */
	struct conf connection;
	bool enabled;
};

/* type NULL: the common one. */
static int
read_store(const struct conf *section, const char *type, struct store *st)
{
	st->enabled = false;
	st->in = *section;
	if ((type != NULL && conf_sub(section, type, &st->in) == -1) ||
	    conf_sub(&st->in, "object_store", &st->at) == -1 ||
	    conf_bool(&st->at, "enabled", &st->enabled) == -1)
		return -1;
	return conf_sub(&st->at, "connection", &st->connection);
}

/* Whether it has a connection; Omnibus writes {} where there is none. */
static bool
connected(const struct store *st)
{
	return st->connection.map != NULL &&
	    json_object_object_length(st->connection.map) > 0;
}

/* Equal scalars; what is no scalar is equal to itself only. */
static bool
equal(struct json_object *a, struct json_object *b)
{
	enum json_type type = json_object_get_type(a);

	if (a == b)
		return true;
	return type != json_type_object && type != json_type_array &&
	    json_object_equal(a, b);
}

static bool
same_connection(const struct store *a, const struct store *b)
{
	const struct lh_entry *e;
	struct json_object *other;

	if (json_object_object_length(a->connection.map) !=
	    json_object_object_length(b->connection.map))
		return false;
	for (e = yamlmap_first(a->connection.map); e != NULL;
	     e = lh_entry_next(e))
		if (!json_object_object_get_ex(
			b->connection.map, yamlmap_key(e), &other) ||
		    !equal(lh_entry_v(e), other))
			return false;
	return true;
}

/* Whether the common settings are those that count. */
static int
consolidated(const struct conf *section, const struct store *common, bool *yes)
{
	struct store own;
	size_t i;

	*yes = common->enabled && connected(common);
	for (i = 0; *yes && i < ACCELERATED; i++) {
		if (read_store(section, accelerated[i], &own) == -1)
			return -1;
		if (own.enabled && connected(&own) &&
		    !same_connection(&own, common))
			*yes = false;
	}
	return 0;
}

/*
 * BUCKET or BUCKET/PREFIX; GitLab refuses names that start or end with "/" and
 * ones with a part that is empty or only points.
 */
static bool
is_bucket(const char *s)
{
	size_t n;

	for (;; s += n + 1) {
		n = strcspn(s, "/");
		if (strspn(s, ".") == n)
			return false;
		if (s[n] == '\0')
			return true;
	}
}

/* What of a connection is no secret. */
static int
read_connection(const struct conf *c, struct site_connection *to)
{
	to->hmac = conf_value(c, "google_storage_access_key_id") != NULL;
	if (conf_string(c, "provider", &to->provider) == -1 ||
	    conf_text(c, "google_project", &to->project) == -1)
		return -1;
	return conf_text(c, "universe_domain", &to->universe);
}

static int
set_bucket(const struct conf *c, const char *key, const struct store *st,
    struct site_kind *k)
{
	if (!is_bucket(k->bucket))
		return conf_fail(c, key, "is not a bucket's name");
	return read_connection(&st->connection, &k->connection);
}

/* The bucket in the kind's own settings. */
static int
own_bucket(const struct store *own, struct site_kind *k)
{
	if (!own->enabled)
		return 0;
	if (conf_string(&own->at, "remote_directory", &k->bucket) == -1)
		return -1;
	if (k->bucket == NULL && strcmp(k->id, "uploads") == 0)
		k->bucket = xstrdup("uploads"); /* GitLab's default */
	if (k->bucket == NULL)
		return conf_fail(&own->at, "remote_directory", "missing");
	return set_bucket(&own->at, "remote_directory", own, k);
}

/*
 * The bucket in the common settings; *c is the kind's part of these.  Without
 * one the kind is on disk; GitLab does not start if the kind is enabled then.
 */
static int
common_bucket(const struct store *common, const struct store *own,
    const struct conf *c, struct site_kind *k)
{
	bool enabled = false;

	if (conf_string(c, "bucket", &k->bucket) == -1 ||
	    conf_bool(&own->in, "enabled", &enabled) == -1)
		return -1;
	if (k->bucket != NULL)
		return set_bucket(c, "bucket", common, k);
	if (enabled && is_accelerated(k->id))
		return conf_fail(c, "bucket", "missing");
	return 0;
}

int
objects_read(const struct conf *section, struct site_kind *k)
{
	struct store common, own;
	struct conf objects, c;
	bool use, enabled = true;

	if (read_store(section, NULL, &common) == -1 ||
	    read_store(section, k->id, &own) == -1 ||
	    consolidated(section, &common, &use) == -1)
		return -1;
	if (!use)
		return own_bucket(&own, k);
	if (conf_sub(&common.at, "objects", &objects) == -1 ||
	    conf_sub(&objects, k->id, &c) == -1 ||
	    conf_bool(&c, "enabled", &enabled) == -1)
		return -1;
	if (!enabled ||
	    (!is_accelerated(k->id) && own.enabled && connected(&own)))
		return own_bucket(&own, k);
	return common_bucket(&common, &own, &c, k);
}

int
objects_read_common(const struct conf *section, struct site_connection *to)
{
	struct store common;

	if (read_store(section, NULL, &common) == -1)
		return -1;
	return read_connection(&common.connection, to);
}

static char *
copy(const char *s)
{
	return s != NULL ? xstrdup(s) : NULL;
}

int
site_set_registry(struct site *s, const char *bucket)
{
	struct site_kind *k;
	size_t i;

	if (!is_bucket(bucket))
		return -1;
	for (i = 0; i < s->n_kinds; i++) {
		k = &s->kinds[i];
		if (strcmp(k->id, "registry") != 0 || k->bucket != NULL)
			continue;
		k->bucket = xstrdup(bucket);
		k->connection = (struct site_connection){
		    copy(s->common.provider), copy(s->common.project),
		    copy(s->common.universe), s->common.hmac};
	}
	return 0;
}
