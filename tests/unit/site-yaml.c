/* YAML as Psych reads it, and everything that must be refused. */
/* SPDX-License-Identifier: MIT */

#include <fcntl.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "capture.h"
#include "site/yamldoc.h"
#include "site/yamlmap.h"

struct row {
	const char *yaml;
	const char *json; /* NULL: refused */
	const char *message;
};

static const struct row values[] = {
    /* scalars */
    {"[true, True, YES, yes, on, On]", "[true,true,true,true,true,true]", ""},
    {"[false, no, off, OFF]", "[false,false,false,false]", ""},
    {"[y, n, t, truely, nulls]", "[\"y\",\"n\",\"t\",\"truely\",\"nulls\"]",
	""},
    {"[~, null, Null, '', \"null\"]", "[null,null,null,\"\",\"null\"]", ""},
    {"a:\nb:", "{\"a\":null,\"b\":null}", ""},
    {"[0, 1, -1, +12, 1_000, 1,000]", "[0,1,-1,12,1000,1,0]", ""},
    {"a: 1,000", "{\"a\":1000}", ""},
    {"[0600, 00, 08, 0_7, 0o600]", "[384,0,\"08\",7,\"0o600\"]", ""},
    {"[0x1F, 0b101, 0xg, 0b2, 0x, -0x10]", "[31,5,\"0xg\",\"0b2\",\"0x\",-16]",
	""},
    {"[1_, 1__0, _1, 1-2, -, +]",
	"[\"1_\",\"1__0\",\"_1\",\"1-2\",\"-\",\"+\"]", ""},
    {"[1.5, -.5, 1., 1.5e+3, 1_0.5]", "[1.5,-0.5,1.0,1500.0,10.5]", ""},
    {"[., 1e3, 1.5e3, 1.2.3, 17.0.0-pre]",
	"[\".\",\"1e3\",\"1.5e3\",\"1.2.3\",\"17.0.0-pre\"]", ""},
    {"[9223372036854775807, 9223372036854775808]",
	"[9223372036854775807,\"9223372036854775808\"]", ""},
    {"['1', \"true\", !!str 1, ! 1]", "[\"1\",\"true\",\"1\",\"1\"]", ""},
    {"[!!int '7', !!bool 'yes', !!null '']", "[7,true,null]", ""},
    {"- 2024-01-01\n- 12:30\n- :sym\n", "[\"2024-01-01\",\"12:30\",\":sym\"]",
	""},
    {"a: |\n  x\n  y\nb: >-\n  x\n  y\n", "{\"a\":\"x\\ny\\n\",\"b\":\"x y\"}",
	""},
    {"\"a\\0b\"", "\"a\\u0000b\"", ""},
    /* keys and order */
    {"{b: 1, a: 2, 3: x, true: y}",
	"{\"b\":1,\"a\":2,\"3\":\"x\",\"true\":\"y\"}", ""},
    {"a: 1\nb: 2\na: 3\n", "{\"a\":3,\"b\":2}", ""},
    {"{\"a\": {\"b\": [1, {\"c\": null}]}}", "{\"a\":{\"b\":[1,{\"c\":null}]}}",
	""},
    /* anchors, aliases, merge keys */
    {"a: &x {k: 1}\nb: *x\n", "{\"a\":{\"k\":1},\"b\":{\"k\":1}}", ""},
    {"a: &x\nb: *x\n", "{\"a\":null,\"b\":null}", ""},
    {"a: &x 1\nb: &x 2\nc: *x\n", "{\"a\":1,\"b\":2,\"c\":2}", ""},
    {"a: &x {k: 1, l: 2}\nb: {<<: *x, l: 3}\n",
	"{\"a\":{\"k\":1,\"l\":2},\"b\":{\"k\":1,\"l\":3}}", ""},
    {"b: {l: 3, <<: {k: 1, l: 2}}\n", "{\"b\":{\"l\":2,\"k\":1}}", ""},
    {"- &x {k: 1}\n- &y {k: 2, l: 2}\n- {<<: [*x, *y], m: 3}\n",
	"[{\"k\":1},{\"k\":2,\"l\":2},{\"k\":1,\"l\":2,\"m\":3}]", ""},
    {"{!!str <<: 1}", "{\"<<\":1}", ""},
    /* documents */
    {"", "null", ""},
    {"# only a comment <%\n", "null", ""},
    {"---\n...\n", "null", ""},
    {"a: 1 # <%= comment %>\n---\nb: [\n", "{\"a\":1}", ""},
    {"\xef\xbb\xbf"
     "a: 1\r\nb: 2\r\n",
	"{\"a\":1,\"b\":2}", ""},
    {"%YAML 1.1\n---\na: 1\n", "{\"a\":1}", ""},
};

static const struct row errors[] = {
    {"a: 1\nb: [1, 2\n", NULL, "f: line 3: did not find expected ',' or ']'"},
    {"a:\n\tb: 1\n", NULL,
	"f: line 2: found character that cannot start any token"},
    {"a: b: c\n", NULL,
	"f: line 1: mapping values are not allowed in this context"},
    {"a: 'x\n", NULL, "f: line 2: found unexpected end of stream"},
    {"a: 1\n}\n", NULL, "f: line 2: did not find expected key"},
    {"a: 1\nb: \xff\n", NULL, "f: line 2: invalid leading UTF-8 octet"},
    {"a: 1\nb: \x01\n", NULL, "f: line 2: control characters are not allowed"},
    {"a: 1\nb: <%= x %>\n", NULL,
	"f: line 2: ERB (<%) is not supported: write the value itself"},
    {"<% if x %>\na: 1\n", NULL,
	"f: line 1: ERB (<%) is not supported: write the value itself"},
    {"a: 'x #<%= x %>'\n", NULL,
	"f: line 1: ERB (<%) is not supported: write the value itself"},
    {"a: 'x # <%= x %>'\n", NULL,
	"f: line 1: ERB (<%) is not supported: write the value itself"},
    {"\n'# <%': 1\n", NULL,
	"f: line 2: ERB (<%) is not supported: write the value itself"},
    {"\n'a # <%': 1\n", NULL,
	"f: line 2: ERB (<%) is not supported: write the value itself"},
    {"[a]\nb\n", NULL, "f: line 2: did not find expected <document start>"},
    {"a: *x\n", NULL, "f: line 1: alias of something that is not defined yet"},
    {"a: &x\n  b: *x\n", NULL,
	"f: line 2: alias of something that is not defined yet"},
    {"&x [*x]\n", NULL,
	"f: line 1: alias of something that is not defined yet"},
    {"a:\n  <<: 1\n", NULL,
	"f: line 2: <<: must be a mapping or a list of them"},
    {"<<: [[{a: 1}]]\n", NULL,
	"f: line 1: <<: must be a mapping or a list of them"},
    {"<<:\n", NULL, "f: line 1: <<: must be a mapping or a list of them"},
    {"? [a]\n: 1\n", NULL, "f: line 1: a key must be a word"},
    {"\"a\\0\": 1\n", NULL, "f: line 1: a key must not contain NUL"},
    {"a: !ruby/object:X {}\n", NULL, "f: line 1: this tag is not supported"},
    {"a: !!binary aGk=\n", NULL, "f: line 1: this tag is not supported"},
    {"a: !!map x\n", NULL, "f: line 1: this tag is not supported"},
    {"a: !!str {}\n", NULL, "f: line 1: this tag is not supported"},
};

/* Parses and compares the value, or the message. */
static void
check(const char *yaml, size_t n, const char *json, const char *message)
{
	struct json_object *doc = NULL;
	struct capture c;
	char *text;
	int rc;

	capture_start(&c);
	rc = yamldoc_parse("f", yaml, n, true, &doc);
	text = capture_end(&c);
	same(yaml, message, text);
	assert(rc == (json != NULL ? 0 : -1));
	assert(json != NULL || doc == NULL);
	if (json != NULL)
		same(yaml, json,
		    json_object_to_json_string_ext(
			doc, JSON_C_TO_STRING_PLAIN));
	json_object_put(doc);
	free(text);
}

static void
test_tables(void)
{
	size_t i;

	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		check(values[i].yaml, strlen(values[i].yaml), values[i].json,
		    values[i].message);
	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		check(errors[i].yaml, strlen(errors[i].yaml), NULL,
		    errors[i].message);
}

/* Every shorter text of a rich one is read or refused, and nothing worse. */
static void
test_truncated(void)
{
	static const char text[] =
	    "%YAML 1.1\n---\n\"a\": &x {k: [1, 'two', ~]}\nb:\n  <<: *x\n"
	    "  c: |\n    t\n# c\nd: !!str 1\n...\n";
	struct json_object *doc;
	struct capture c;
	size_t n;
	char *out;

	for (n = 0; n < sizeof(text); n++) {
		char *copy = xstrndup(text, n);

		capture_start(&c);
		yamldoc_parse("f", copy, n, true, &doc);
		out = capture_end(&c);
		assert(strchr(out, '\n') == NULL);
		json_object_put(doc);
		free(out);
		free(copy);
	}
}

/* Nesting is bounded, in the text and through aliases. */
static void
test_depth(void)
{
	struct buf b = {NULL, 0, 0};
	int i;

	for (i = 0; i < YAMLDOC_DEPTH; i++)
		buf_putc(&b, '[');
	for (i = 0; i < YAMLDOC_DEPTH; i++)
		buf_putc(&b, ']');
	check(b.data, b.len, b.data, "");
	buf_reset(&b);
	for (i = 0; i < YAMLDOC_DEPTH + 1; i++)
		buf_putc(&b, '[');
	check(b.data, b.len, NULL, "f: line 1: nested too deeply");

	buf_reset(&b);
	buf_puts(&b, "- &a0 [x]\n");
	for (i = 1; i < 200; i++)
		buf_printf(&b, "- &a%d [*a%d]\n", i, i - 1);
	check(b.data, b.len, NULL, "f: line 100: nested too deeply");

	buf_reset(&b);
	buf_puts(&b, "- &a0 {k: {}}\n");
	for (i = 1; i < 200; i++)
		buf_printf(&b, "- &a%d {<<: *a%d, k: *a%d}\n", i, i - 1, i - 1);
	check(b.data, b.len, NULL, "f: line 99: nested too deeply");
	buf_free(&b);
}

/* The billion laughs take no memory; merged copies are bounded. */
static void
test_bombs(void)
{
	struct buf b = {NULL, 0, 0};
	struct json_object *doc;
	struct capture c;
	char *text;
	int i;

	buf_puts(&b, "a0: &a0 [x, x]\n");
	for (i = 1; i < 60; i++)
		buf_printf(&b, "a%d: &a%d [*a%d, *a%d]\n", i, i, i - 1, i - 1);
	assert(yamldoc_parse("f", b.data, b.len, true, &doc) == 0);
	assert(json_object_object_length(doc) == 60);
	json_object_put(doc);

	buf_reset(&b);
	buf_puts(&b, "- &a {");
	for (i = 0; i < 2000; i++)
		buf_printf(&b, "k%d: 1, ", i);
	buf_puts(&b, "}\n");
	for (i = 0; i < 2000; i++)
		buf_puts(&b, "- {<<: *a}\n");
	capture_start(&c);
	assert(yamldoc_parse("f", b.data, b.len, true, &doc) == -1);
	text = capture_end(&c);
	same("merges", "f: line 500: more than a million values", text);
	free(text);
	buf_free(&b);
}

static void
test_lines(void)
{
	static const char text[] =
	    "base: &b\n  x: 1\n  y: 2\nuse:\n  <<: *b\n  y:\n  z: 3\n";
	static const char over[] = "use: {z: 4, n: {m: 1}}\nother: 1\n";
	struct json_object *doc, *map, *top, *merged;

	assert(yamldoc_parse("f", text, strlen(text), true, &doc) == 0);
	assert(yamlmap_line(doc, "base") == 1 && yamlmap_line(doc, "use") == 4);
	assert(json_object_object_get_ex(doc, "use", &map));
	assert(yamlmap_line(map, "x") == 2 && yamlmap_line(map, "y") == 6);
	assert(yamlmap_line(map, "z") == 7 && yamlmap_line(map, "w") == 0);
	assert(yamlmap_line(NULL, "w") == 0 && yamlmap_first(NULL) == NULL);

	/* What is merged over it has no lines of this file. */
	assert(yamldoc_parse("g", over, strlen(over), false, &top) == 0);
	merged = yamlmap_merge(doc, top, YAMLDOC_VALUES);
	same("merge",
	    "{\"base\":{\"x\":1,\"y\":2},"
	    "\"use\":{\"x\":1,\"y\":null,\"z\":4,\"n\":{\"m\":1}},\"other\":1}",
	    json_object_to_json_string_ext(merged, JSON_C_TO_STRING_PLAIN));
	assert(json_object_object_get_ex(merged, "use", &map));
	assert(yamlmap_line(merged, "use") == 0);
	assert(yamlmap_line(map, "x") == 2 && yamlmap_line(map, "z") == 0);
	assert(json_object_object_get_ex(map, "n", &map));
	assert(yamlmap_line(map, "m") == 0);
	assert(yamlmap_merge(doc, top, 3) == NULL);
	assert(yamlmap_merge(doc, top, 8) == NULL);
	json_object_put(merged);
	json_object_put(top);
	json_object_put(doc);
}

/* Reads file, which must fail with this message. */
static void
refuse(const char *file, const char *message)
{
	struct json_object *doc;
	struct capture c;
	char *text;

	capture_start(&c);
	assert(yamldoc_read(file, &doc) == -1);
	text = capture_end(&c);
	same(file, message, text);
	assert(doc == NULL);
	free(text);
}

static void
test_files(void)
{
	char dir[] = "/tmp/site-yaml.XXXXXX";
	struct json_object *doc;
	int fd;

	assert(mkdtemp(dir) != NULL && chdir(dir) == 0);
	refuse("none.yml", "none.yml: No such file or directory");
	refuse(".", ".: Is a directory");
	refuse("no\nne", "no ne: No such file or directory");
	fd = open("f.yml", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert(io_write_all(fd, "a: [1]\n", 7) == 0);
	assert(yamldoc_read("f.yml", &doc) == 0);
	same("f.yml", "{\"a\":[1]}",
	    json_object_to_json_string_ext(doc, JSON_C_TO_STRING_PLAIN));
	json_object_put(doc);
	assert(ftruncate(fd, (8 << 20) + 1) == 0);
	refuse("f.yml", "f.yml: larger than 8 MiB");
	close(fd);
	assert(unlink("f.yml") == 0 && rmdir(dir) == 0);
}

int
main(void)
{
	test_tables();
	test_truncated();
	test_depth();
	test_bombs();
	test_lines();
	test_files();
	return 0;
}
