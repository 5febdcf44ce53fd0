/* Unit tests of lib/git/toml.c and of reading manifests. */
/* SPDX-License-Identifier: MIT */
#undef NDEBUG
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "git/chain.h"
#include "git/manifest.h"
#include "git/toml.h"

/* Reads text; want is its JSON, or what is wrong with it. */
static void
check(const char *text, const char *want)
{
	struct buf why = {NULL, 0, 0};
	json_object *o = toml_read(text, strlen(text), &why);
	const char *got = buf_str(&why);

	if (o != NULL)
		got = json_object_to_json_string_ext(
		    o, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
	if (strcmp(got, want) != 0)
		fprintf(stderr, "%s\ngives  %s\nnot    %s\n", text, got, want);
	assert(strcmp(got, want) == 0);
	json_object_put(o);
	buf_free(&why);
}

static void
test_documents(void)
{
	static const char *const cases[][2] = {
	    {"", "{}"},
	    {"# c\r\n\r\n \t# d", "{}"},
	    {"a = true\r\nb=false # c\n", "{\"a\":true,\"b\":false}"},
	    {"a = 'b\\n\"'\n", "{\"a\":\"b\\\\n\\\"\"}"},
	    {"a = \"\\b\\f\\n\\r\\t\\\"\\\\\"",
		"{\"a\":\"\\b\\f\\n\\r\\t\\\"\\\\\"}"},
	    {"a = \"\\u0041\\u00fC\\u20AC\\U0001F600\"",
		"{\"a\":\"A\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80\"}"},
	    {"a = ''\nb = \"\"", "{\"a\":\"\",\"b\":\"\"}"},
	    {"a = '''\nx\n'y''z'''", "{\"a\":\"x\\n'y''z\"}"},
	    {"a = \"\"\"x\\  \n\n  y\"\"\"\"\"", "{\"a\":\"xy\\\"\\\"\"}"},
	    {"'a b' = true\n\"c\\td\".e=true",
		"{\"a b\":true,\"c\\td\":{\"e\":true}}"},
	    {"a.b . c = true\na.d = false",
		"{\"a\":{\"b\":{\"c\":true},\"d\":false}}"},
	    {"n = -1_000.5e3\nd = 1979-05-27 07:32:00Z\ni = +inf\nh=0xFF",
		"{\"n\":null,\"d\":null,\"i\":null,\"h\":null}"},
	    {"a = [ 'x', # c\n 'y',\n]\nb = []\nc = [[true],[]]",
		"{\"a\":[\"x\",\"y\"],\"b\":[],\"c\":[[true],[]]}"},
	    {"s = [{a = 'b', c.d = true}, {}]",
		"{\"s\":[{\"a\":\"b\",\"c\":{\"d\":true}},{}]}"},
	    {"[t]\na=true\n[ t.u ]\nb=true",
		"{\"t\":{\"a\":true,\"u\":{\"b\":true}}}"},
	    {"[[s]]\na='1'\n[[s]]\na='2'\n[s.t]\nb='3'\n[[ x.y ]]",
		"{\"s\":[{\"a\":\"1\"},{\"a\":\"2\",\"t\":{\"b\":\"3\"}}],"
		"\"x\":{\"y\":[{}]}}"},
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check(cases[i][0], cases[i][1]);
}

static void
test_errors(void)
{
	static const char *const cases[][2] = {
	    {"a", "line 1: no = behind a key"},
	    {"= true", "line 1: no key"},
	    {"a = ", "line 1: no value"},
	    {"\n\na = x\\", "line 3: more on the line than its value"},
	    {"a = true b = true", "line 1: more on the line than its value"},
	    {"a = true\na = true", "line 2: key given twice"},
	    {"a = true\na.b = true", "line 2: key of no table"},
	    {"a = 'b", "line 1: string without an end"},
	    {"a = \"b\n\"", "line 1: string without an end"},
	    {"a = '''b\n''", "line 2: string without an end"},
	    {"a = '''b''''''", "line 1: quotes behind a string"},
	    {"a = \"\\x\"", "line 1: unknown escape"},
	    {"a = \"\\", "line 1: unknown escape"},
	    {"a = \"\\u12\"", "line 1: not a Unicode escape"},
	    {"a = \"\\uD800\"", "line 1: not a Unicode character"},
	    {"a = \"\\U00110000\"", "line 1: not a Unicode character"},
	    {"a = 'b\x01'", "line 1: control character"},
	    {"a = 'b\r'", "line 1: control character"},
	    {"# \x7f", "line 1: control character"},
	    {"a = 'b\xff'", "line 1: not UTF-8 text"},
	    {"a = [true", "line 1: array without an end"},
	    {"a = [true false]", "line 1: array without an end"},
	    {"a = {b = true", "line 1: table without an end"},
	    {"a = {b = true,}", "line 1: no key"},
	    {"[a", "line 1: table's name without an end"},
	    {"[[a]", "line 1: table's name without an end"},
	    {"[]", "line 1: no key"},
	    {"[a]\n[[a]]", "line 2: not the name of a table"},
	    {"[[a]]\n[a]", "line 2: not the name of a table"},
	    {"a = []\na.b = true", "line 2: key of no table"},
	    {"[a] b = true", "line 1: more on the line than its value"},
	};
	char deep[101] = "a = ";
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check(cases[i][0], cases[i][1]);
	memset(deep + 4, '[', sizeof(deep) - 5);
	check(deep, "line 1: too many values in values");
	memset(deep, 'a', sizeof(deep) - 1);
	for (i = 1; i < sizeof(deep) - 1; i += 2)
		deep[i] = '.';
	deep[sizeof(deep) - 2] = 'b';
	check(deep, "line 1: key of no table");
}

/* No text, cut anywhere, makes it read beyond its end. */
static void
test_cuts(void)
{
	static const char text[] =
	    "a = \"\\u0041\\U00000042\\\"\"\r\n# c\n"
	    "[[s]]\nb = '''x''y\n'''\nc = {d = [ 1, ]}\n";
	struct buf why = {NULL, 0, 0};
	size_t n;

	for (n = 0; n < sizeof(text); n++)
		json_object_put(toml_read(text, n, &why));
	buf_free(&why);
}

/* What we write we read. */
static void
test_round_trip(void)
{
	static const struct manifest_step step = {
	    "default/a'b.git/ID/001.bundle", "default/a'b.git/ID/001.refs",
	    NULL, NULL};
	static const struct manifest m = {
	    true, false, "sha256", "refs/heads/\xc3\xbc\t\"'", &step, 1};
	struct buf out = {NULL, 0, 0}, why = {NULL, 0, 0};
	struct chain c;

	manifest_write(&out, &m);
	assert(chain_parse(out.data, out.len, &c, &why) == 0);
	assert(c.empty && !c.non_existent && c.n_steps == 1);
	assert(strcmp(c.object_format, "sha256") == 0);
	assert(strcmp(c.head_reference, m.head_reference) == 0);
	assert(strcmp(c.steps[0].bundle_path, step.bundle_path) == 0);
	assert(strcmp(c.steps[0].ref_path, step.ref_path) == 0);
	assert(c.steps[0].custom_hooks_path == NULL);
	assert(c.steps[0].previous_ref_path == NULL);
	chain_free(&c);
	buf_free(&out);
}

static void
test_manifests(void)
{
#define SHA1 "object_format='sha1'\n"
	static const char *const cases[][2] = {
	    {SHA1 "steps=[{ref_path='a'},{ref_path='b',bundle_path=''}]", ""},
	    {"non_existent=true", ""},
	    {"other=1\nnon_existent=true\n[x]\ny='z'", ""},
	    {SHA1, "it has no steps"},
	    {"steps=[]", "object_format is neither sha1 nor sha256"},
	    {"non_existent='yes'", "non_existent is neither true nor false"},
	    {"object_format=true", "object_format is not a text"},
	    {"object_format=1", "object_format is not a text"},
	    {"head_reference=\"a\\u0000b\"", "head_reference is not a text"},
	    {SHA1 "steps='x'", "steps is not a list"},
	    {SHA1 "steps=[1]", "steps has something else than steps (step 1)"},
	    {SHA1 "steps=[{bundle_path='b'}]", "ref_path is missing (step 1)"},
	    {SHA1 "steps=[{ref_path='a'},{ref_path='../b'}]",
		"ref_path has a component of dots (step 2)"},
	    {SHA1 "steps=[{ref_path='/a'}]", "ref_path is absolute (step 1)"},
	    {SHA1 "steps=[{ref_path='a',custom_hooks_path=\"\\n\"}]",
		"custom_hooks_path holds a control character (step 1)"},
	};
	struct buf why = {NULL, 0, 0};
	struct chain c;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_reset(&why);
		assert(chain_parse(cases[i][0], strlen(cases[i][0]), &c,
			   &why) == (*cases[i][1] == '\0' ? 0 : -1));
		assert(strcmp(why.len > 0 ? why.data : "", cases[i][1]) == 0);
		chain_free(&c);
	}
	buf_free(&why);
}

int
main(void)
{
	test_documents();
	test_errors();
	test_cuts();
	test_round_trip();
	test_manifests();
	return 0;
}
