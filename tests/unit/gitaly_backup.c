/* Unit tests of lib/git's talk with gitaly-backup: versions, log, secrets. */
/* SPDX-License-Identifier: MIT */
#undef NDEBUG
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "git/gitaly_backup_era.h"
#include "git/gitaly_backup_log.h"
#include "git/gitaly_backup_sent.h"
#include "git/gitaly_backup_servers.h"

static void
test_version(void)
{
	static const struct {
		const char *text;
		int major, minor, patch; /* major -1: no version */
		const char *layout, *old;
	} cases[] = {
	    {"16.7.0", 16, 7, 0, "pointer", "pointer"},
	    {"16.9.11-ee\n", 16, 9, 11, "pointer", "pointer"},
	    {"16.10.0", 16, 10, 0, "manifest", "pointer"},
	    {"17.6\n", 17, 6, 0, "manifest", "pointer"},
	    {"v18.9.3-rc42", 18, 9, 3, "manifest", "pointer"},
	    {"18.10.0+1 (built now)\r\n", 18, 10, 0, NULL, NULL},
	    {"20.0.0", 20, 0, 0, NULL, NULL},
	    {"17", -1, 0, 0, NULL, NULL},
	    {"17.", -1, 0, 0, NULL, NULL},
	    {"17.2.", -1, 0, 0, NULL, NULL},
	    {"17.2.x", -1, 0, 0, NULL, NULL},
	    {"17.2.1.4", -1, 0, 0, NULL, NULL},
	    {"-17.2.1", -1, 0, 0, NULL, NULL},
	    {"99999.2.1", -1, 0, 0, NULL, NULL},
	    {"", -1, 0, 0, NULL, NULL},
	};
	struct gitaly_backup_era e;
	const char *layout;
	char *text;
	size_t i;
	int rc;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		text = xasprintf("Gitaly Backup, version %s", cases[i].text);
		rc = gitaly_backup_era_parse(text, &e);
		free(text);
		assert(rc == (cases[i].major == -1 ? -1 : 0));
		if (rc == -1)
			continue;
		assert(e.major == cases[i].major);
		assert(e.minor == cases[i].minor);
		assert(e.patch == cases[i].patch);
		layout = gitaly_backup_era_layout(&e, false);
		assert(layout == cases[i].layout ||
		    strcmp(layout, cases[i].layout) == 0);
		layout = gitaly_backup_era_layout(&e, true);
		assert(layout == cases[i].old ||
		    strcmp(layout, cases[i].old) == 0);
	}
	assert(gitaly_backup_era_parse("Gitaly, version 17.1.0", &e) == -1);
	assert(gitaly_backup_era_parse("a Gitaly Backup, version 17.1.0", &e) ==
	    -1);
	assert(gitaly_backup_era_parse(
		   "some warning\nGitaly Backup, version 17.1.0\n", &e) == 0);
}

static void
test_eras(void)
{
	static const struct {
		const char *version;
		const char *has; /* a letter for each thing that it has */
	} cases[] = {
	    {"16.9.9", "o"},
	    {"16.10.0", "mo"},
	    {"17.0.1", "mao"},
	    {"17.1.0", "mo"},
	    {"17.2.9", "mo"},
	    {"17.3.0", "muo"},
	    {"17.5.9", "muo"},
	    {"17.6.0", "mueo"},
	    {"18.9.9", "mueo"},
	    {"18.10.0", "mue"},
	    {"19.0.1", "mue"},
	};
	struct gitaly_backup_era e;
	char has[8], *text;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		text = xasprintf("Gitaly Backup, version %s", cases[i].version);
		assert(gitaly_backup_era_parse(text, &e) == 0);
		free(text);
		snprintf(has, sizeof(has), "%s%s%s%s%s", e.manifests ? "m" : "",
		    e.attributes ? "a" : "", e.adds_unchanged ? "u" : "",
		    e.adds_missing ? "e" : "", e.old_layouts ? "o" : "");
		assert(strcmp(has, cases[i].has) == 0);
	}
}

static void
test_log(void)
{
	static const struct {
		const char *line;
		enum gitaly_backup_saying saying;
		const char *text;
		uint64_t count;
		int cut;
	} cases[] = {
	    {"{\"command\":\"create\",\"level\":\"info\",\"msg\":\"completed "
	     "create\",\"relative_path\":\"a\",\"storage_name\":\"s\"}",
		GITALY_BACKUP_COMPLETED, "", 0, 0},
	    {"{\"command.name\":\"create\",\"level\":\"warning\",\"msg\":"
	     "\"skipped create\"}",
		GITALY_BACKUP_SKIPPED, "", 0, 0},
	    {"{\"error\":\"\\u003ca\\u003e\",\"level\":\"error\",\"msg\":"
	     "\"create failed\"}",
		GITALY_BACKUP_FAILED, "<a>", 0, 0},
	    {"{\"level\":\"error\",\"msg\":\"create failed\"}",
		GITALY_BACKUP_FAILED, "no reason given", 0, 0},
	    {"{\"level\":\"info\",\"msg\":\"completed restore\"}",
		GITALY_BACKUP_NOTHING, "", 0, 0},
	    {"{\"level\":\"info\",\"msg\":\"started create\"}",
		GITALY_BACKUP_NOTHING, "", 0, 0},
	    {"{\"level\":\"error\",\"msg\":\"create: pipeline: 12 failures "
	     "encountered:\\n - a: b\\n\"}",
		GITALY_BACKUP_COUNT, "", 12, 0},
	    {"{\"level\":\"error\",\"msg\":\"create: pipeline: 7 failures "
	     "encountered:\\n - a",
		GITALY_BACKUP_COUNT, "", 7, 1},
	    {"{\"level\":\"error\",\"msg\":\"create: pipeline: -1 failures "
	     "encountered\"}",
		GITALY_BACKUP_MESSAGE,
		"create: pipeline: -1 failures encountered", 0, 0},
	    {"{\"level\":\"error\",\"msg\":\"x", GITALY_BACKUP_MESSAGE,
		"a line that is too long to be read", 0, 1},
	    {"{\"error\":\"e\",\"level\":\"warning\",\"msg\":\"m\"}",
		GITALY_BACKUP_MESSAGE, "m: e", 0, 0},
	    {"{\"error\":\"e\",\"level\":\"warning\",\"msg\":\"unable to reset "
	     "refs. Proceeding with a normal restore\"}",
		GITALY_BACKUP_NOTHING, "", 0, 0},
	    {"panic: no", GITALY_BACKUP_MESSAGE, "panic: no", 0, 0},
	    {"{\"level\":\"info\"} x", GITALY_BACKUP_MESSAGE,
		"{\"level\":\"info\"} x", 0, 0},
	    {"", GITALY_BACKUP_NOTHING, "", 0, 0},
	};
	struct gitaly_backup_log l = {0};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		gitaly_backup_log_read(&l, "create", cases[i].line,
		    strlen(cases[i].line), cases[i].cut);
		assert(l.saying == cases[i].saying);
		assert(strcmp(buf_str(&l.text), cases[i].text) == 0);
		assert(l.count == cases[i].count);
		assert(i != 0 || strcmp(buf_str(&l.storage), "s") == 0);
		assert(i != 0 || strcmp(buf_str(&l.path), "a") == 0);
	}
	gitaly_backup_log_free(&l);
}

/* Reads the servers that the environment has, base64 of some JSON. */
static int
given(const char *base64, struct gitaly_backup_servers *v)
{
	static char type[] = "source";
	struct site s = {.type = type};

	memset(v, 0, sizeof(*v));
	assert(setenv("GITALY_SERVERS", base64, 1) == 0);
	return gitaly_backup_servers_read(&s, v);
}

static void
test_secrets(void)
{
	/* {"a":{"address":"","token":"ab"},"b":{"token":"abc<\""},"c":{}} */
	static const char base64[] =
	    "eyJhIjp7ImFkZHJlc3MiOiIiLCJ0b2tlbiI6ImFiIn0sImIiOnsidG9rZW4iOiJhY"
	    "mM8XCIifSwiYyI6e319";
	static const struct {
		const char *text, *want;
	} cases[] = {
	    {"", ""},
	    {"a b", "a b"},
	    {"ab", "[hidden]"},
	    {"xabx", "x[hidden]x"},
	    {"abab", "[hidden][hidden]"},
	    {"abc<\"", "[hidden]"},
	    {"{\"token\":\"abc<\\\"\"}", "{\"token\":\"[hidden]\"}"},
	    {"abc\\u003c\\\"", "[hidden]"},
	    {base64, "[hidden]"},
	};
	struct gitaly_backup_servers v;
	struct buf b = {NULL, 0, 0};
	size_t i;

	assert(given(base64, &v) == 0);
	assert(v.env.n == 0); /* the environment has it already */
	assert(v.names.n == 3 && list_has(&v.names, "c"));
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_reset(&b);
		gitaly_backup_mask(
		    &v, &b, cases[i].text, strlen(cases[i].text));
		assert(strcmp(buf_str(&b), cases[i].want) == 0);
	}
	buf_free(&b);
	gitaly_backup_servers_free(&v);
	assert(given("eyJh\r\nIjp7fX0=\n", &v) == 0); /* {"a":{}} */
	gitaly_backup_servers_free(&v);
}

static void
test_sent(void)
{
	struct gitaly_backup_sent *s = gitaly_backup_sent_new();
	char path[32], *storage, *found;
	int i;

	for (i = 0; i < 20000; i++) {
		snprintf(path, sizeof(path), "%d.git", i);
		assert(gitaly_backup_sent_add(s, "default", path) == 0);
	}
	assert(gitaly_backup_sent_add(s, "default", "7.git") == -1);
	assert(gitaly_backup_sent_add(s, "default7", ".git") == 0);
	assert(gitaly_backup_sent_remove(s, "default", "none") == -1);
	for (i = 0; i < 20000; i += 2) {
		snprintf(path, sizeof(path), "%d.git", i);
		assert(gitaly_backup_sent_remove(s, "default", path) == 0);
		assert(gitaly_backup_sent_remove(s, "default", path) == -1);
	}
	assert(gitaly_backup_sent_count(s) == 10001);
	for (i = 0; gitaly_backup_sent_any(s, &storage, &found) == 1; i++) {
		free(storage);
		free(found);
		if (i == 100)
			assert(gitaly_backup_sent_add(s, "a", "b") == 0);
	}
	assert(i == 10002);
	gitaly_backup_sent_free(s);
}

int
main(void)
{
	test_version();
	test_eras();
	test_log();
	test_secrets();
	test_sent();
	return 0;
}
