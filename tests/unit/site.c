/* Where a site is found, what its context file says, its version. */
/* SPDX-License-Identifier: MIT */
#include <sys/wait.h>

#include <pwd.h>

#include "sitedir.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define ETC "opt/gitlab/etc/"
#define RAILS "opt/gitlab/embedded/service/gitlab-rails/"
#define DATA "var/opt/gitlab/"

static const char context_yml[] =
    "version: 1\ninstallation_type: \"omnibus\"\n"
    "gitlab:\n  config_path: @/ctx/gitlab.yml\n"
    "database:\n  config_path: @/ctx/database.yml\n";

/* What has been found, on one line. */
static char *
found(const struct site *s)
{
	return xasprintf("%s %s %s %s %s %s %s", s->type, s->root,
	    s->context != NULL ? s->context : "-", s->config, s->db_config,
	    s->env, s->version);
}

static void
expect(const char *what, const struct site_where *where, const char *want)
{
	static const struct site_where nowhere = {NULL, NULL, NULL};
	struct site *s = accept_site(what, where != NULL ? where : &nowhere);

	same_at(what, want, found(s));
	site_free(s);
}

static void
set(const char *name, const char *file)
{
	char *path = at(file);

	assert(setenv(name, path, 1) == 0);
	free(path);
}

/* Each step adds something that wins over all that was there before. */
static void
test_order(void)
{
	static const char none[] =
	    "GitLab: not found: no @/opt/gitlab/etc/gitlab-backup-context.yml,"
	    " @/opt/gitlab/etc/gitlab-backup-cli-config.yml,"
	    " @/opt/gitlab/etc/gitlab-backup-cli-context.yml,"
	    " @/var/opt/gitlab/gitlab-rails/etc/gitlab.yml;"
	    " name it with --gitlab-path, --context or GITLAB_PATH";
	static const struct site_where nowhere = {NULL, NULL, NULL};
	struct site_where where = {NULL, NULL, NULL};
	char *src = at("src"), *option = at("option.yml");

	put_source(NULL, NULL);
	put(RAILS "VERSION", "17.9.0-ee\n");
	put("ctx/gitlab.yml", gitlab_yml);
	put("ctx/database.yml", database_yml);
	put("old.yml", context_yml);
	put("new.yml", context_yml);
	put("option.yml", context_yml);
	refuse_site("nothing", &nowhere, none);

	put(DATA "gitlab-rails/etc/gitlab.yml", gitlab_yml);
	put(DATA "gitlab-rails/etc/database.yml", database_yml);
	expect("omnibus without context", NULL,
	    "omnibus @/opt/gitlab/embedded/service/gitlab-rails - "
	    "@/var/opt/gitlab/gitlab-rails/etc/gitlab.yml "
	    "@/var/opt/gitlab/gitlab-rails/etc/database.yml "
	    "production 17.9.0-ee");
#define CONTEXT(file) \
	"omnibus @/opt/gitlab/embedded/service/gitlab-rails @/" file \
	" @/ctx/gitlab.yml @/ctx/database.yml production 17.9.0-ee"
	put(ETC "gitlab-backup-cli-context.yml", context_yml);
	expect("oldest", NULL, CONTEXT(ETC "gitlab-backup-cli-context.yml"));
	put(ETC "gitlab-backup-cli-config.yml", context_yml);
	expect("older", NULL, CONTEXT(ETC "gitlab-backup-cli-config.yml"));
	put(ETC "gitlab-backup-context.yml", context_yml);
	expect("default", NULL, CONTEXT(ETC "gitlab-backup-context.yml"));
	set("GITLAB_PATH", "src");
	expect("GITLAB_PATH", NULL,
	    "source @/src - @/src/config/gitlab.yml "
	    "@/src/config/database.yml production 17.5.1");
	set("GITLAB_BACKUP_CLI_CONFIG_FILE", "old.yml");
	expect("GITLAB_BACKUP_CLI_CONFIG_FILE", NULL, CONTEXT("old.yml"));
	set("GITLAB_BACKUP_CONTEXT_FILE", "new.yml");
	expect("GITLAB_BACKUP_CONTEXT_FILE", NULL, CONTEXT("new.yml"));
	where.gitlab_path = src;
	expect("--gitlab-path", &where,
	    "source @/src - @/src/config/gitlab.yml "
	    "@/src/config/database.yml production 17.5.1");
	where.context = option;
	expect("both", &where,
	    "omnibus @/src @/option.yml @/ctx/gitlab.yml @/ctx/database.yml "
	    "production 17.5.1");
	where.gitlab_path = NULL;
	expect("--context", &where, CONTEXT("option.yml"));

	/* What is set to nothing is not set. */
	assert(setenv("GITLAB_BACKUP_CONTEXT_FILE", "", 1) == 0);
	expect("empty", NULL, CONTEXT("old.yml"));
	clear_environment();
	free(option);
	free(src);
}

/* What is named must be there; nothing else is taken instead. */
static void
test_missing(void)
{
	struct site_where where = {NULL, NULL, NULL};

	set("GITLAB_PATH", "nosrc");
	refuse_site("path", &where,
	    "@/nosrc/config/gitlab.yml: No such file or directory");
	set("GITLAB_BACKUP_CLI_CONFIG_FILE", "none.yml");
	refuse_site("old", &where, "@/none.yml: No such file or directory");
	set("GITLAB_BACKUP_CONTEXT_FILE", "none2.yml");
	refuse_site("new", &where, "@/none2.yml: No such file or directory");
	where.gitlab_path = "nowhere/../nosrc"; /* in the directory we are in */
	refuse_site("option", &where,
	    "@/nosrc/config/gitlab.yml: No such file or directory");
	where.context = "ctx";
	refuse_site("directory", &where, "@/ctx: Is a directory");
	where.context = "";
	refuse_site("empty", &where, "--context: must not be empty");
	where.gitlab_path = "";
	refuse_site("empty", &where, "--gitlab-path: must not be empty");
	clear_environment();

	/* A link that leads nowhere is not there. */
	take_away(ETC);
	assert(symlink("nowhere", "opt/gitlab/etc") == 0);
	expect("link", NULL,
	    "omnibus @/opt/gitlab/embedded/service/gitlab-rails - "
	    "@/var/opt/gitlab/gitlab-rails/etc/gitlab.yml "
	    "@/var/opt/gitlab/gitlab-rails/etc/database.yml "
	    "production 17.9.0-ee");
	assert(unlink("opt/gitlab/etc") == 0);
}

static const struct context_row {
	const char *text;
	const char *found; /* or NULL: */
	const char *message;
} contexts[] = {
    {"gitlab: {config_path: @/ctx/gitlab.yml}\n",
	"omnibus @/opt/gitlab/embedded/service/gitlab-rails @/c.yml "
	"@/ctx/gitlab.yml @/ctx/database.yml production 17.9.0-ee",
	NULL},
    {"installation_type: source\n"
     "gitlab: {config_path: src/config/gitlab.yml}\n",
	"source @/src @/c.yml @/src/config/gitlab.yml "
	"@/src/config/database.yml production 17.5.1",
	NULL},
    {"installation_type: source\n"
     "gitlab: {config_path: src/config/gitlab.yml}\n"
     "database: {config_path: ~/../ctx/./database.yml}\n",
	"source @/src @/c.yml @/src/config/gitlab.yml @/ctx/database.yml "
	"production 17.5.1",
	NULL},
    {"version: 2\n", NULL, "@/c.yml: line 1: version: must be 1"},
    {"a: b\nversion: x\n", NULL, "@/c.yml: line 2: version: must be 1"},
    {"installation_type: docker\n", NULL,
	"@/c.yml: line 1: installation_type: must be omnibus or source"},
    {"installation_type: [x]\n", NULL,
	"@/c.yml: line 1: installation_type: must be a string"},
    {"version: 1\n", NULL, "@/c.yml: gitlab.config_path: missing"},
    {"version: 1\ngitlab:\n", NULL,
	"@/c.yml: line 2: gitlab.config_path: missing"},
    {"version: 1\ngitlab: x\n", NULL,
	"@/c.yml: line 2: gitlab: must be a mapping of keys to values"},
    {"gitlab:\n  config_path: 1\n", NULL,
	"@/c.yml: line 2: gitlab.config_path: must be a string"},
    {"gitlab:\n  config_path: ~nosuchuser/x\n", NULL,
	"@/c.yml: line 2: gitlab.config_path: no such home directory"},
    {"gitlab:\n  config_path: \"a\\0b\"\n", NULL,
	"@/c.yml: line 2: gitlab.config_path: must not contain NUL"},
    {"database: []\n", NULL,
	"@/c.yml: line 1: database: must be a mapping of keys to values"},
    {"- x\n", NULL, "@/c.yml: must be a mapping of keys to values"},
    {"", NULL, "@/c.yml: gitlab.config_path: missing"},
    {"a: [\n", NULL, "@/c.yml: line 2: did not find expected node content"},
};

static void
test_contexts(void)
{
	struct site_where where = {"c.yml", NULL, NULL};
	size_t i;

	for (i = 0; i < COUNT(contexts); i++) {
		put("c.yml", contexts[i].text);
		if (contexts[i].found != NULL)
			expect(contexts[i].text, &where, contexts[i].found);
		else
			refuse_site(
			    contexts[i].text, &where, contexts[i].message);
	}
}

static void
test_environment(void)
{
	struct site_where where = {NULL, "src", NULL};
	struct site *s;

	put_source("p: &p\n  gitlab: {user: me}\nproduction: {}\n"
		   "test: *p\nx: 1\n\"a\\nb\":\n",
	    "x: {a: &d {adapter: postgresql, database: d}}\n"
	    "production: *d\ntest: *d\n");
	s = accept_site("production", &where);
	assert(strcmp(s->env, "production") == 0);
	assert(strcmp(s->user, "git") == 0);
	site_free(s);
	assert(setenv("RACK_ENV", "test", 1) == 0);
	assert(setenv("RAILS_ENV", "", 1) == 0);
	s = accept_site("RACK_ENV", &where);
	assert(strcmp(s->env, "test") == 0 && strcmp(s->user, "me") == 0);
	site_free(s);
	assert(setenv("RAILS_ENV", "development", 1) == 0);
	refuse_site("RAILS_ENV", &where,
	    "@/src/config/gitlab.yml: development: no such section; "
	    "there are: p, production, test, a b");
	where.rails_env = "p";
	refuse_site("option", &where,
	    "@/src/config/database.yml: p: no such section; "
	    "there are: x, production, test");
	where.rails_env = "x";
	refuse_site("no section", &where,
	    "@/src/config/gitlab.yml: line 5: x: must be a mapping of keys "
	    "to values");
	put_source("", NULL);
	refuse_site("empty", &where,
	    "@/src/config/gitlab.yml: x: no such section; there is none");
	clear_environment();
}

static const struct version_row {
	const char *text;
	const char *version; /* or NULL: */
	const char *message;
} versions[] = {
    {" \n17.0.0-pre \r\n\n", "17.0.0-pre", NULL},
    {"18.1\xc3\xa9", "18.1\xc3\xa9", NULL},
    {"", NULL, "@/src/VERSION: is empty"},
    {" \n", NULL, "@/src/VERSION: is empty"},
    {"../x", NULL, "@/src/VERSION: has characters that no version has"},
    {"1\n2", NULL, "@/src/VERSION: has characters that no version has"},
    {"1\xff", NULL, "@/src/VERSION: has characters that no version has"},
    {"0123456789012345678901234567890123456789012345678901234567890123456789"
     "0123456789012345678901234567890",
	NULL, "@/src/VERSION: is too long for a version"},
};

static void
test_versions(void)
{
	struct site *s;
	size_t i;

	put_source(NULL, NULL);
	for (i = 0; i < COUNT(versions); i++) {
		put("src/VERSION", versions[i].text);
		if (versions[i].version == NULL) {
			refuse_site(
			    versions[i].text, NULL, versions[i].message);
			continue;
		}
		s = accept_site(versions[i].text, NULL);
		same("version", versions[i].version, s->version);
		site_free(s);
	}
	take_away("src/VERSION");
	refuse_site("none", NULL, "@/src/VERSION: No such file or directory");
}

/* Omnibus's programs come first on PATH, if they are there, and once. */
static void
test_path(void)
{
	static const struct site_where nowhere = {NULL, NULL, NULL};
	char *old = xstrdup(getenv("PATH"));

	assert(setenv("PATH", "/bin:/usr/bin", 1) == 0);
	site_free(accept_site("absent", &nowhere));
	same("absent", "/bin:/usr/bin", getenv("PATH"));
	put("opt/gitlab/embedded/bin/git", "");
	site_free(accept_site("source", NULL));
	same("source", "/bin:/usr/bin", getenv("PATH"));
	site_free(accept_site("present", &nowhere));
	site_free(accept_site("again", &nowhere));
	same_at("present", "@/opt/gitlab/embedded/bin:/bin:/usr/bin",
	    xstrdup(getenv("PATH")));
	assert(unsetenv("PATH") == 0);
	site_free(accept_site("no PATH", &nowhere));
	same_at(
	    "no PATH", "@/opt/gitlab/embedded/bin", xstrdup(getenv("PATH")));
	assert(setenv("PATH", old, 1) == 0);
	free(old);
}

/* Root becomes the application's user; others stay what they are. */
static void
become(const struct site *s)
{
	const struct passwd *pw = getpwnam("nobody");
	uid_t before = geteuid();

	assert(site_become_user(s) == 0);
	if (before != 0) {
		assert(geteuid() == before);
		return;
	}
	assert(pw != NULL && getuid() == pw->pw_uid &&
	    geteuid() == pw->pw_uid && getgid() == pw->pw_gid);
	same("USER", "nobody", getenv("USER"));
	same("HOME", pw->pw_dir, getenv("HOME"));
}

static void
test_become(void)
{
	struct site *s;
	pid_t pid;
	int status;

	put_source("production: {gitlab: {user: nobody}}\n", NULL);
	s = accept_site("become", NULL);
	pid = fork();
	if (pid == 0) {
		become(s);
		site_free(s);
		_exit(0);
	}
	assert(waitpid(pid, &status, 0) == pid && status == 0);
	site_free(s);
}

static const struct path_row {
	const char *path, *base, *home, *want;
} paths[] = {
    {"a/b", "/r", NULL, "/r/a/b"},
    {"/a//b/", "/r", NULL, "/a/b"},
    {"./a/../../b/.", "/r/s", NULL, "/r/b"},
    {"../../..", "/r", NULL, "/"},
    {"", "/r/", NULL, "/r"},
    {"..a/.b", "/", NULL, "/..a/.b"},
    {"~", "/r", "/h/", "/h"},
    {"~/a", "/r", "/h", "/h/a"},
    {"~root/../a", "/r", "/h", "/a"},
    {"a~", "/r", "/h", "/r/a~"},
    {"~", "/r", NULL, NULL},
    {"~", "/r", "h", NULL},
    {"~nosuchuser", "/r", "/h", NULL},
};

static void
test_expand(void)
{
	char *got;
	size_t i;

	for (i = 0; i < COUNT(paths); i++) {
		got = path_expand(paths[i].path, paths[i].base, paths[i].home);
		assert((got == NULL) == (paths[i].want == NULL));
		if (got != NULL)
			same(paths[i].path, paths[i].want, got);
		free(got);
	}
}

int
main(void)
{
	sitedir_start();
	test_order();
	test_missing();
	test_contexts();
	test_environment();
	test_versions();
	put_source(NULL, NULL);
	test_path();
	test_become();
	test_expand();
	sitedir_end();
	return 0;
}
