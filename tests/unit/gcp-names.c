/* Unit tests of places, names of jobs and specs: lib/gcp. */
/* SPDX-License-Identifier: MIT */
#undef NDEBUG
#include <assert.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "gcp/job_name.h"
#include "gcp/location.h"
#include "gcp/spec.h"

/* Of the SHA-256 of "i\0p\0src\0a/\0dst\0\0", by sha256sum(1). */
#define DIGITS "c03c7e28827d"

/* "BUCKET PATH" of what is read from text, or "refused". */
static char *
parsed(const char *text)
{
	struct location l;
	char *s;

	if (location_parse(text, &l) != NULL)
		return xstrdup("refused");
	s = xasprintf("%s %s", l.bucket, l.path);
	location_free(&l);
	return s;
}

static void
check_parsed(const char *text, const char *want)
{
	char *got = parsed(text);

	if (strcmp(got, want) != 0)
		fprintf(stderr, "%s: %s, not %s\n", text, got, want);
	assert(strcmp(got, want) == 0);
	free(got);
}

static void
test_places(void)
{
	static const char *const good[][2] = {
	    {"gl-uploads", "gl-uploads "},
	    {"b.example.com", "b.example.com "},
	    {"0_b", "0_b "},
	    {"bucket/a", "bucket a/"},
	    {"bucket/a/b.c/..d", "bucket a/b.c/..d/"},
	    {"bucket/\xc3\xbc \"", "bucket \xc3\xbc \"/"},
	};
	static const char *const bad[] = {"", "ab", "/", "/bucket", "Bucket",
	    "bucket/", "bucket//a", "bucket/a/", "bucket/./a", "bucket/..",
	    "bucket/a/.../b", "bucket/a//b", "gs://bucket", "-bucket",
	    "bucket-", "_bucket", "bucket_", "a..b", ".ab", "ab.", "a.-b",
	    "192.168.5.4", "bu cket", "bucket/a\nb", "bucket/\x7f",
	    "bucket/\xff", "bucket?a=b", "bucket#"};
	char *label, *text;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		check_parsed(good[i][0], good[i][1]);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		check_parsed(bad[i], "refused");
	label = xmalloc(65);
	memset(label, 'a', 64);
	label[64] = '\0';
	check_parsed(label, "refused");
	text = xasprintf("%s %s", label + 1, "");
	check_parsed(label + 1, text);
	free(text);
	free(label);
	text = xasprintf("bucket/%0501d", 1);
	check_parsed(text, "refused");
	free(text);
}

static void
test_backup_places(void)
{
	struct location root = location_of("b", NULL), l;
	char *kind = NULL, *url;

	l = location_below(&root, "1700_v", "lfs");
	url = location_url(&l);
	assert(strcmp(url, "gs://b/backups/1700_v/lfs/") == 0);
	free(url);
	assert(location_kind(l.path, &kind) && strcmp(kind, "lfs") == 0);
	free(kind);
	assert(!location_kind("", &kind));
	assert(!location_kind("backups/", &kind));
	assert(!location_kind("backups/1/", &kind));
	assert(!location_kind("backups/1/lfs", &kind));
	assert(!location_kind("backups//lfs/", &kind));
	assert(!location_kind("backups/1//", &kind));
	assert(!location_kind("backups/1/lfs/x/", &kind));
	assert(!location_kind("x/backups/1/lfs/", &kind));
	location_free(&l);
	location_free(&root);
}

static void
test_overlap(void)
{
	static const struct {
		const char *a, *b, *c, *d;
		bool overlap;
	} cases[] = {
	    {"x", "", "x", "", true},
	    {"x", "", "y", "", false},
	    {"x", "", "x", "backups/1/lfs/", true},
	    {"x", "backups/", "x", "backups/1/lfs/", true},
	    {"x", "lfs/", "x", "backups/1/lfs/", false},
	    {"x", "back/", "x", "backups/1/lfs/", false},
	    {"x", "backups/1/lfs/", "x", "backups/1/", true},
	    {"x", "backups/1/lfs/", "x", "backups/1/lfs/", true},
	};
	struct location a, b;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		a = location_of(cases[i].a, cases[i].b);
		b = location_of(cases[i].c, cases[i].d);
		assert(location_overlap(&a, &b) == cases[i].overlap);
		assert(location_overlap(&b, &a) == cases[i].overlap);
		location_free(&a);
		location_free(&b);
	}
}

static struct job_key
key(const char *instance, const char *project, const char *kind, bool compat)
{
	struct job_key k = {.instance = instance,
	    .project = project,
	    .kind = kind,
	    .verb = "backup",
	    .compat = compat};

	k.source = location_of("src", "a/");
	k.sink = location_of("dst", NULL);
	return k;
}

static void
key_free(struct job_key *k)
{
	location_free(&k->source);
	location_free(&k->sink);
}

/* The service's rule for names that are not of file systems. */
static bool
takes(const char *name)
{
	const char *s = name + strlen("transferJobs/");
	size_t n = strlen(s);

	return strncmp(name, "transferJobs/", strlen("transferJobs/")) == 0 &&
	    strncmp(s, "OPI", 3) != 0 && n > 0 && strlen(name) <= 128 &&
	    strspn(s,
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789-._~") == n &&
	    strchr("-._~", s[n - 1]) == NULL;
}

/* A "*" at the end of want stands for anything. */
static void
check_name(const char *kind, bool compat, unsigned int n, const char *want)
{
	struct job_key k = key("i", "p", kind, compat);
	char *name = job_name(&k, n);
	bool same = fnmatch(want, name, 0) == 0;

	if (!same || !takes(name))
		fprintf(stderr, "%s: %s, not %s\n", kind, name, want);
	assert(same && takes(name));
	free(name);
	key_free(&k);
}

static void
test_names(void)
{
	check_name(
	    "uploads", false, 1, "transferJobs/glb-uploads-backup-" DIGITS);
	check_name("uploads", false, 2,
	    "transferJobs/glb-uploads-backup-" DIGITS "-2");
	check_name("ci_secure_files", false, 100,
	    "transferJobs/glb-ci_secure_files-backup-*-100");
	check_name("uploads", true, 1, "transferJobs/uploads-backup");
	check_name("uploads", true, 3, "transferJobs/uploads-backup-3");
	check_name("OPI", true, 1, "transferJobs/x-OPI-backup");
	check_name("a b@c\xc3\xbc", true, 1, "transferJobs/a-b-c---backup");
	check_name("01234567890123456789012345678901234567890123456789012345678"
		   "90123456789",
	    false, 100, "transferJobs/glb-0123456789*3-backup-" DIGITS "-100");
}

/* What tells two jobs apart, tells their names apart. */
static void
test_names_differ(void)
{
	struct job_key k[5];
	char *name[5];
	size_t i, j;

	k[0] = key("i", "p", "lfs", false);
	k[1] = key("j", "p", "lfs", false);
	k[2] = key("ip", "", "lfs", false);
	k[3] = key("i", "p", "lfs", false);
	location_free(&k[3].source);
	k[3].source = location_of("src", NULL);
	k[4] = key("i", "p", "lfs", false);
	location_free(&k[4].sink);
	k[4].sink = location_of("dst2", NULL);
	for (i = 0; i < 5; i++)
		name[i] = job_name(&k[i], 1);
	for (i = 0; i < 5; i++)
		for (j = 0; j < i; j++)
			assert(strcmp(name[i], name[j]) != 0);
	for (i = 0; i < 5; i++) {
		free(name[i]);
		key_free(&k[i]);
	}
}

static void
check_spec(const char *text, bool want)
{
	struct location from = location_of("a", NULL);
	struct location to = location_of("b", "x/");
	json_object *o = json_tokener_parse(text);
	struct spec s;

	spec_read(o, &s);
	json_object_put(o);
	if (spec_copies(&s, &from, &to) != want)
		fprintf(stderr, "%s: not %d\n", text, want);
	assert(spec_copies(&s, &from, &to) == want);
	spec_free(&s);
	location_free(&from);
	location_free(&to);
}

#define SPEC(source, sink, more) \
	"{\"gcsDataSource\":{" source "},\"gcsDataSink\":{" sink "}" more "}"
#define A "\"bucketName\":\"a\""
#define B "\"bucketName\":\"b\",\"path\":\"x/\""

static void
test_specs(void)
{
	check_spec(SPEC(A, B, ""), true);
	check_spec(SPEC(A ",\"path\":\"\"", B, ""), true);
	check_spec(SPEC(A ",\"path\":null", B ",\"new\":1", ""), true);
	check_spec(SPEC(A, B, ",\"objectConditions\":{},\"z\":[1]"), true);
	check_spec(SPEC(A, B, ",\"transferOptions\":{\"z\":true}"), true);
	check_spec("null", false);
	check_spec("{}", false);
	check_spec("[]", false);
	check_spec(SPEC(A ",\"path\":\"y/\"", B, ""), false);
	check_spec(SPEC(A, "\"bucketName\":\"b\"", ""), false);
	check_spec(SPEC(A, "\"bucketName\":\"b\",\"path\":\"x\"", ""), false);
	check_spec(SPEC("\"bucketName\":7", B, ""), false);
	check_spec(SPEC(A ",\"path\":7", B, ""), false);
	check_spec(SPEC("\"bucketName\":\"a\\u0000b\"", B, ""), false);
	check_spec(
	    SPEC(A, B, ",\"objectConditions\":{\"includePrefixes\":[\"q\"]}"),
	    false);
	check_spec(
	    SPEC(A, B, ",\"transferManifest\":{\"location\":\"l\"}"), false);
	check_spec(SPEC(A, B,
		       ",\"transferOptions\":{"
		       "\"deleteObjectsUniqueInSink\":true}"),
	    false);
	check_spec(SPEC(A, B,
		       ",\"transferOptions\":{"
		       "\"deleteObjectsFromSourceAfterTransfer\":true}"),
	    false);
}

int
main(void)
{
	test_places();
	test_backup_places();
	test_overlap();
	test_names();
	test_names_differ();
	test_specs();
	return 0;
}
