/* gitlab.yml: settings, storages, kinds, buckets; Gitaly's config.toml. */
/* SPDX-License-Identifier: MIT */
#include "sitedir.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define YML "@/src/config/gitlab.yml: "

static const char *
or_none(const char *s)
{
	return s != NULL ? s : "-";
}

static char *
settings(const struct site *s)
{
	return xasprintf("%s %s %s %s %o %lld", s->user, s->backup_path,
	    or_none(s->gitaly_backup), or_none(s->pg_schema),
	    (unsigned int)s->archive_mode, (long long)s->keep_time);
}

/* A line a kind. */
static char *
kinds(const struct site *s)
{
	struct buf b = {NULL, 0, 0};
	const struct site_kind *k;

	for (k = s->kinds; k < s->kinds + s->n_kinds; k++)
		buf_printf(&b, "%s|%s|%s|%s|%s%s\n", k->id, k->title,
		    k->archive, or_none(k->exclude), k->dir,
		    k->enabled ? "" : "|off");
	return buf_take(&b);
}

/* "kind=bucket(provider)" for each kind that is in one. */
static char *
buckets(const struct site *s)
{
	struct buf b = {NULL, 0, 0};
	const struct site_kind *k;

	buf_puts(&b, "");
	for (k = s->kinds; k < s->kinds + s->n_kinds; k++)
		if (k->bucket != NULL)
			buf_printf(&b, "%s%s=%s(%s)", b.len > 0 ? " " : "",
			    k->id, k->bucket, or_none(k->connection.provider));
	return buf_take(&b);
}

static char *
storages(const struct site *s)
{
	struct buf b = {NULL, 0, 0};
	const struct site_storage *t;

	buf_puts(&b, "");
	for (t = s->storages; t < s->storages + s->n_storages; t++)
		buf_printf(&b, "%s%s %s %s %s", b.len > 0 ? ", " : "", t->name,
		    or_none(t->address), or_none(t->token), or_none(t->path));
	return buf_take(&b);
}

struct row {
	const char *yaml; /* below "production:" */
	const char *want; /* NULL: refused */
	const char *message;
};

/* Reads a GitLab with each row's settings and compares what show() shows. */
static void
check(const struct row *rows, size_t n, char *show(const struct site *))
{
	struct site *s;
	char *yaml;
	size_t i;

	for (i = 0; i < n; i++) {
		yaml = xasprintf("production:\n%s\n", rows[i].yaml);
		put_source(yaml, NULL);
		free(yaml);
		if (rows[i].want == NULL) {
			refuse_site(rows[i].yaml, NULL, rows[i].message);
			continue;
		}
		s = accept_site(rows[i].yaml, NULL);
		same_at(rows[i].yaml, rows[i].want, show(s));
		site_free(s);
	}
}

static const struct row setting_rows[] = {
    {"", "git @/src/tmp/backups - - 600 0", NULL},
    {"  backup:\n  gitlab: {}", "git @/src/tmp/backups - - 600 0", NULL},
    {"  gitlab: {user: gl}\n"
     "  backup: {path: /b//c/, archive_permissions: 0640, keep_time: 604800,\n"
     "    gitaly_backup_path: bin/gitaly-backup, pg_schema: public}",
	"gl /b/c bin/gitaly-backup public 640 604800", NULL},
    {"  backup: {path: ../b, archive_permissions: \"0644\"}",
	"git @/b - - 644 0", NULL},
    {"  gitlab: {user: nobodyhere}\n"
     "  backup: {path: ~/b, archive_permissions: 0o400, pg_schema: ''}",
	"nobodyhere @/home/b - - 400 0", NULL},
    {"  backup: {archive_permissions: 384, keep_time: '5'}",
	"git @/src/tmp/backups - - 600 5", NULL},
    {"  backup: {archive_permissions: 600}", NULL,
	YML "line 2: production.backup.archive_permissions: "
	    "must be octal, from 0 to 0777"},
    {"  backup:\n    archive_permissions: 'rw'", NULL,
	YML "line 3: production.backup.archive_permissions: "
	    "must be octal, from 0 to 0777"},
    {"  backup: {archive_permissions: '-1'}", NULL,
	YML "line 2: production.backup.archive_permissions: "
	    "must be octal, from 0 to 0777"},
    {"  backup: {archive_permissions: true}", NULL,
	YML "line 2: production.backup.archive_permissions: "
	    "must be octal, from 0 to 0777"},
    {"  backup:\n\n    keep_time: -1", NULL,
	YML "line 4: production.backup.keep_time: "
	    "must be a number, 0 or more"},
    {"  backup: {keep_time: 1.5}", NULL,
	YML "line 2: production.backup.keep_time: "
	    "must be a number, 0 or more"},
    {"  backup: {path: 1}", NULL,
	YML "line 2: production.backup.path: must be a string"},
    {"  backup: {path: ~nosuchuser}", NULL,
	YML "line 2: production.backup.path: no such home directory"},
    {"  backup: /b", NULL,
	YML "line 2: production.backup: must be a mapping of keys to values"},
    {"  gitlab: {user: [a]}", NULL,
	YML "line 2: production.gitlab.user: must be a string"},
    {"  gitlab: {user: <%= x %>}", NULL,
	YML "line 2: ERB (<%) is not supported: write the value itself"},
};

static const struct row kind_rows[] = {
    {"",
	"uploads|Uploads|uploads.tar.gz|tmp|@/src/public/uploads\n"
	"builds|CI Builds|builds.tar.gz|-|@/src/builds\n"
	"artifacts|Artifacts|artifacts.tar.gz|tmp|@/src/shared/artifacts\n"
	"pages|Pages|pages.tar.gz|@pages.tmp|@/src/shared/pages\n"
	"lfs|LFS Objects|lfs.tar.gz|-|@/src/shared/lfs-objects\n"
	"terraform_state|Terraform States|terraform_state.tar.gz|tmp|"
	"@/src/shared/terraform_state\n"
	"registry|Container Registry Images|registry.tar.gz|-|"
	"@/src/shared/registry\n"
	"packages|Packages|packages.tar.gz|tmp|@/src/shared/packages\n"
	"ci_secure_files|CI Secure Files|ci_secure_files.tar.gz|tmp|"
	"@/src/shared/ci_secure_files\n"
	"external_diffs|External Diffs|external_diffs.tar.gz|tmp|"
	"@/src/shared/external-diffs\n",
	NULL},
    {"  gitlab: {user: nobodyhere}\n"
     "  shared: {path: /s}\n"
     "  uploads: {storage_path: pub, base_dir: uploads/-/system}\n"
     "  gitlab_ci: {builds_path: /b}\n"
     "  artifacts: {path: /a, storage_path: /a2}\n"
     "  pages: {path: p}\n"
     "  lfs: {enabled: false, storage_path: ~/l}\n"
     "  terraform_state: {storage_path: /t/../t}\n"
     "  registry: {enabled: false, path: /r}\n"
     "  packages: {storage_path: null}\n"
     "  ci_secure_files: {storage_path: ''}\n"
     "  external_diffs: {storage_path: /e}\n"
     "  agent_plan_content: {storage_path: /x}\n",
	"uploads|Uploads|uploads.tar.gz|tmp|@/src/pub/uploads\n"
	"builds|CI Builds|builds.tar.gz|-|/b\n"
	"artifacts|Artifacts|artifacts.tar.gz|tmp|/a\n"
	"pages|Pages|pages.tar.gz|@pages.tmp|@/src/p\n"
	"lfs|LFS Objects|lfs.tar.gz|-|@/home/l\n"
	"terraform_state|Terraform States|terraform_state.tar.gz|tmp|/t\n"
	"registry|Container Registry Images|registry.tar.gz|-|/r|off\n"
	"packages|Packages|packages.tar.gz|tmp|/s/packages\n"
	"ci_secure_files|CI Secure Files|ci_secure_files.tar.gz|tmp|"
	"/s/ci_secure_files\n"
	"external_diffs|External Diffs|external_diffs.tar.gz|tmp|/e\n",
	NULL},
    {"  shared: {path: 5}", NULL,
	YML "line 2: production.shared.path: must be a string"},
    {"  lfs: [x]", NULL,
	YML "line 2: production.lfs: must be a mapping of keys to values"},
    {"  registry:\n    enabled: 1", NULL,
	YML "line 3: production.registry.enabled: must be true or false"},
};

/* The new kinds are there only in a GitLab that has them. */
static void
test_since(void)
{
	static const struct {
		const char *version;
		size_t kinds;
	} rows[] = {{"17.11.0", 10}, {"18.0.2", 11}, {"19.0.0-pre", 12},
	    {"100.1", 12}, {"main", 12}};
	struct site *s;
	size_t i;

	put_source("production: {shared: {path: /s}}\n", NULL);
	for (i = 0; i < COUNT(rows); i++) {
		put("src/VERSION", rows[i].version);
		s = accept_site(rows[i].version, NULL);
		assert(s->n_kinds == rows[i].kinds);
		site_free(s);
	}
	s = accept_site("newest", NULL);
	same("18", "agent_plan_content", s->kinds[10].id);
	same("18", "/s/agent_plan_content",
	    site_kind(s, "agent_plan_content")->dir);
	same("19", "ci_catalog_bundles", s->kinds[11].id);
	same("19", "/s/ci_catalog_bundles",
	    site_kind(s, "ci_catalog_bundles")->dir);
	assert(site_kind(s, "x") == NULL && site_db(s, "x") == NULL &&
	    site_storage(s, "x") == NULL);
	site_free(s);
}

#define GOOGLE "{provider: Google, google_project: p}"
#define COMMON \
	"  object_store:\n    enabled: true\n    connection: " GOOGLE "\n" \
	"    objects:\n      artifacts: {bucket: a}\n" \
	"      lfs: {bucket: l/x/y}\n"

static const struct row bucket_rows[] = {
    {COMMON, "artifacts=a(Google) lfs=l/x/y(Google)", NULL},
    {COMMON "  lfs: {object_store: {enabled: true, connection: {}}}",
	"artifacts=a(Google) lfs=l/x/y(Google)", NULL},
    /* The same connection again changes nothing; another one does. */
    {COMMON "  lfs: {object_store: {enabled: true, remote_directory: m,"
	    " connection: " GOOGLE "}}",
	"artifacts=a(Google) lfs=l/x/y(Google)", NULL},
    {"  object_store: {enabled: true, connection: &c {provider: AWS, x: [1]},"
     " objects: {lfs: {bucket: l}}}\n"
     "  lfs: {object_store: {enabled: true, remote_directory: m,"
     " connection: *c}}",
	"lfs=l(AWS)", NULL},
    {COMMON "  lfs: {object_store: {enabled: true, remote_directory: m,"
	    " connection: {provider: AWS}}}",
	"lfs=m(AWS)", NULL},
    {COMMON "  dependency_proxy: {object_store: {enabled: true,"
	    " connection: {provider: AWS, google_project: p}}}",
	"", NULL},
    {COMMON "  lfs: {object_store: {enabled: false, remote_directory: m,"
	    " connection: {provider: AWS}}}",
	"artifacts=a(Google) lfs=l/x/y(Google)", NULL},
    /* Two kinds may have their own beside the common ones. */
    {COMMON "      pages: {bucket: p}\n"
	    "  pages: {object_store: {enabled: true, remote_directory: q,"
	    " connection: {provider: AWS}}}",
	"artifacts=a(Google) pages=q(AWS) lfs=l/x/y(Google)", NULL},
    {COMMON "      pages: {bucket: p}\n"
	    "  pages: {object_store: {enabled: true, remote_directory: q,"
	    " connection: {}}}",
	"artifacts=a(Google) pages=p(Google) lfs=l/x/y(Google)", NULL},
    {COMMON "      packages: {bucket: p, enabled: false}\n",
	"artifacts=a(Google) lfs=l/x/y(Google)", NULL},
    /* Switched off, but what is there is there. */
    {COMMON "      external_diffs: {bucket: e}\n"
	    "  external_diffs: {enabled: false}",
	"artifacts=a(Google) lfs=l/x/y(Google) external_diffs=e(Google)", NULL},
    {COMMON "  pages: {enabled: true}\n  ci_secure_files: {enabled: true}",
	"artifacts=a(Google) lfs=l/x/y(Google)", NULL},
    {COMMON "  packages: {enabled: true}", NULL,
	YML "line 5: production.object_store.objects.packages.bucket: "
	    "missing"},
    /* Without them, each kind has its own settings. */
    {"  object_store: {enabled: false, connection: " GOOGLE ",\n"
     "    objects: {lfs: {bucket: l}}}\n"
     "  uploads: {object_store: {enabled: true, connection: " GOOGLE "}}\n"
     "  artifacts: {object_store: {enabled: true, remote_directory: a/b,\n"
     "    connection: {provider: AzureRM}}}\n"
     "  packages: {object_store: {enabled: false, remote_directory: p}}\n"
     "  terraform_state: {object_store: {enabled: true,"
     " remote_directory: t}}",
	"uploads=uploads(Google) artifacts=a/b(AzureRM) terraform_state=t(-)",
	NULL},
    {"  object_store: {enabled: true, connection: {},\n"
     "    objects: {lfs: {bucket: l}}}\n",
	"", NULL},
    {"  registry: {object_store: {enabled: true, remote_directory: r}}", "",
	NULL},
    {"  lfs:\n    object_store: {enabled: true}", NULL,
	YML "line 3: production.lfs.object_store.remote_directory: missing"},
    {"  lfs: {object_store: {enabled: true, remote_directory: /l}}", NULL,
	YML "line 2: production.lfs.object_store.remote_directory: "
	    "is not a bucket's name"},
    {"  lfs: {object_store: {enabled: true, remote_directory: l/}}", NULL,
	YML "line 2: production.lfs.object_store.remote_directory: "
	    "is not a bucket's name"},
    {"  lfs: {object_store: {enabled: true, remote_directory: l/../x}}", NULL,
	YML "line 2: production.lfs.object_store.remote_directory: "
	    "is not a bucket's name"},
    {"  lfs: {object_store: {enabled: 'true'}}", NULL,
	YML "line 2: production.lfs.object_store.enabled: "
	    "must be true or false"},
    {"  object_store: {enabled: true, connection: x}", NULL,
	YML "line 2: production.object_store.connection: "
	    "must be a mapping of keys to values"},
    {COMMON "      packages: {bucket: 3}", NULL,
	YML "line 8: production.object_store.objects.packages.bucket: "
	    "must be a string"},
    {"  lfs: {object_store: {enabled: true, remote_directory: l,\n"
     "    connection: {provider: 3}}}",
	NULL,
	YML "line 3: production.lfs.object_store.connection.provider: "
	    "must be a string"},
};

/* "kind: provider project universe hmac" for each kind in a bucket. */
static char *
connections(const struct site *s)
{
	struct buf b = {NULL, 0, 0};
	const struct site_kind *k;

	buf_puts(&b, s->host);
	for (k = s->kinds; k < s->kinds + s->n_kinds; k++)
		if (k->bucket != NULL)
			buf_printf(&b, ", %s: %s %s %s %d", k->id,
			    or_none(k->connection.provider),
			    or_none(k->connection.project),
			    or_none(k->connection.universe),
			    k->connection.hmac);
	return buf_take(&b);
}

static const struct row connection_rows[] = {
    {COMMON, "localhost, artifacts: Google p - 0, lfs: Google p - 0", NULL},
    {"  gitlab: {host: git.example.com}\n"
     "  lfs: {object_store: {enabled: true, remote_directory: l,\n"
     "    connection: {provider: Google, google_project: 12,"
     " universe_domain: u.example}}}\n"
     "  pages: {object_store: {enabled: true, remote_directory: m,\n"
     "    connection: {provider: Google, google_storage_access_key_id: x}}}",
	"git.example.com, pages: Google - - 1, lfs: Google 12 u.example 0",
	NULL},
    {"  lfs: {object_store: {enabled: true, remote_directory: l,\n"
     "    connection: {google_project: [p]}}}",
	NULL,
	YML "line 3: production.lfs.object_store.connection.google_project: "
	    "must be a string"},
    {"  object_store: {enabled: true, connection: {google_project: {}}}", NULL,
	YML "line 2: production.object_store.connection.google_project: "
	    "must be a string"},
};

/* The registry's bucket is told by others; the common connection leads there.
 */
static void
test_registry(void)
{
	struct site *s;
	size_t i;
	static const char *const wrong[] = {"", "/r", "r//s", "r/..", "."};

	put_source("production:\n"
		   "  object_store: {enabled: false, connection: " GOOGLE "}\n",
	    NULL);
	s = accept_site("registry", NULL);
	same_at("registry", "localhost", connections(s));
	for (i = 0; i < COUNT(wrong); i++)
		assert(site_set_registry(s, wrong[i]) == -1);
	assert(site_set_registry(s, "r/s") == 0);
	same_at(
	    "registry", "localhost, registry: Google p - 0", connections(s));
	assert(strcmp(site_kind(s, "registry")->bucket, "r/s") == 0);
	site_free(s);
}

static const struct row storage_rows[] = {
    {"", "", NULL},
    {"  repositories: {storages: {}}", "", NULL},
    {"  gitaly: {token: secret}\n"
     "  repositories:\n    storages:\n"
     "      default: {gitaly_address: unix:/g, path: /d}\n"
     "      b c: {gitaly_address: tcp://h:1, gitaly_token: 12}\n"
     "      none:\n",
	"default unix:/g secret /d, b c tcp://h:1 12 -, none - secret -", NULL},
    {"  repositories: {storages: {a: {path: r}}}", "a - - @/src/r", NULL},
    {"  repositories: {storages: [a]}", NULL,
	YML "line 2: production.repositories.storages: "
	    "must be a mapping of keys to values"},
    {"  repositories: {storages: {a: /path}}", NULL,
	YML "line 2: production.repositories.storages.a: "
	    "must be a mapping of keys to values"},
    {"  repositories: {storages: {../a: {}}}", NULL,
	YML "line 2: production.repositories.storages.../a: "
	    "is no name for a storage"},
    {"  repositories: {storages: {\"a\\nb\": {}}}", NULL,
	YML "line 2: production.repositories.storages.a b: "
	    "is no name for a storage"},
    {"  repositories: {storages: {'..': {}}}", NULL,
	YML "line 2: production.repositories.storages...: "
	    "is no name for a storage"},
    {"  repositories: {storages: {a: {gitaly_token: [s3cret]}}}", NULL,
	YML "line 2: production.repositories.storages.a.gitaly_token: "
	    "must be a string"},
};

static const char config_toml[] =
    "socket_path = \"/x\"\nname = \"default\"\npath = \"/wrong\"\n"
    "[[storage]]\r\n"
    "  name = \"default\" # comment\r\n"
    "  path = '/d\\x/y'\r\n"
    "[[ storage ]] # another\n"
    "path=\"/e/\\\"q\\\"\"\nname=\"b c\"\npathology = \"/no\"\n"
    "[[storage]]\nname = \"path\"\npath = \"/kept\"\n"
    "[[storage]]\nname = \"relative\"\npath = \"r\"\n"
    "[[storage]]\nname = \"open\"\npath = \"/open\n"
    "[[storage]]\nname = \"more\"\npath = \"/more\" x\n"
    "[[storage]]\nname = \"escape\"\npath = \"/e\\t\"\n"
    "[[storage]]\nname = \"number\"\npath = 5\n"
    "[[storage]]\npath = \"/nameless\"\n"
    "[[storage]]\nname = \"table\"\n[storage.x]\npath = \"/table\"\n"
    "[[storages]]\nname = \"storages\"\npath = \"/s\"\n"
    "[[storage]]\nname = \"last\"\npath = \"/last\"";

static const char toml_site[] =
    "production:\n  repositories:\n    storages: {default: {}, b c: {},"
    " path: {path: /own}, relative: {}, open: {}, more: {}, escape: {},"
    " number: {}, table: {}, storages: {}, last: {}}\n";

#define TOML_PATHS \
	"default - - /d\\x/y, b c - - /e/\"q\", path - - /own," \
	" relative - - -, open - - -, more - - -, escape - - -," \
	" number - - -, table - - -, storages - - -, last - - /last"

/* Gitaly's file is beside a GitLab from source, elsewhere with Omnibus. */
static void
test_toml(void)
{
	static const struct site_where nowhere = {NULL, NULL, NULL};
	struct site *s;

	put_source(toml_site, NULL);
	put("gitaly/config.toml", config_toml);
	s = accept_site("source", NULL);
	same_at("source", TOML_PATHS, storages(s));
	same("last", "/last", site_storage(s, "last")->path);
	site_free(s);
	take_away("gitaly");

	put("opt/gitlab/embedded/service/gitlab-rails/VERSION", "17.0.0\n");
	put("var/opt/gitlab/gitlab-rails/etc/gitlab.yml", toml_site);
	put("var/opt/gitlab/gitlab-rails/etc/database.yml", database_yml);
	put("var/opt/gitlab/gitaly/config.toml", config_toml);
	s = accept_site("omnibus", &nowhere);
	same_at("omnibus", TOML_PATHS, storages(s));
	same_at(
	    "omnibus", "git @/var/opt/gitlab/backups - - 600 0", settings(s));
	same_at("omnibus",
	    "@/opt/gitlab/embedded/service/gitlab-rails/public/uploads",
	    xstrdup(site_kind(s, "uploads")->dir));
	site_free(s);
}

int
main(void)
{
	sitedir_start();
	check(setting_rows, COUNT(setting_rows), settings);
	check(kind_rows, COUNT(kind_rows), kinds);
	test_since();
	check(bucket_rows, COUNT(bucket_rows), buckets);
	check(connection_rows, COUNT(connection_rows), connections);
	test_registry();
	check(storage_rows, COUNT(storage_rows), storages);
	test_toml();
	sitedir_end();
	return 0;
}
