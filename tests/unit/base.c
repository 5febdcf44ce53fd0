/* lib/base: what a pipe cannot reach: parsers, EINTR, partial writes, trees. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>
#include <sys/time.h>

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/io.h"
#include "base/num.h"
#include "base/opt.h"
#include "base/prog.h"
#include "base/text.h"

static void
test_num(void)
{
	static const struct {
		const char *text;
		int error;
		int64_t value;
	} cases[] = {{"0", 0, 0}, {"10", 0, 10}, {"-3", 0, -3}, {"", EINVAL, 0},
	    {" 1", EINVAL, 0}, {"+1", EINVAL, 0}, {"1x", EINVAL, 0},
	    {"0x1", EINVAL, 0}, {"-", EINVAL, 0}, {"101", ERANGE, 0},
	    {"-4", ERANGE, 0}, {"99999999999999999999", ERANGE, 0}};
	char out[16];
	int64_t n;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		n = 77;
		if (cases[i].error == 0) {
			assert(num_parse(cases[i].text, -3, 100, &n) == 0);
			assert(n == cases[i].value);
		} else {
			assert(num_parse(cases[i].text, -3, 100, &n) == -1);
			assert(errno == cases[i].error && n == 77);
		}
	}
	assert(strcmp(num_human(0, out, sizeof(out)), "0 B") == 0);
	assert(strcmp(num_human(1023, out, sizeof(out)), "1023 B") == 0);
	assert(strcmp(num_human(1536, out, sizeof(out)), "1.5 KiB") == 0);
	assert(
	    strcmp(num_human(UINT64_MAX, out, sizeof(out)), "16.0 EiB") == 0);
}

static void
test_duration(void)
{
	static const struct {
		const char *text;
		int error;
		int64_t value;
	} cases[] = {{"30d", 0, 2592000}, {"12h", 0, 43200}, {"90m", 0, 5400},
	    {"45s", 0, 45}, {"1", 0, 1}, {"007", 0, 7},
	    {"106751991167300d", 0, INT64_C(9223372036854720000)},
	    {"106751991167301d", ERANGE, 0}, {"0", ERANGE, 0},
	    {"0d", ERANGE, 0}, {"9223372036854775808", ERANGE, 0},
	    {"1000000000000000000000000000000000000000s", ERANGE, 0},
	    {"", EINVAL, 0}, {"d", EINVAL, 0}, {"-1d", EINVAL, 0},
	    {"+1d", EINVAL, 0}, {" 1d", EINVAL, 0}, {"1 d", EINVAL, 0},
	    {"1d2h", EINVAL, 0}, {"1w", EINVAL, 0}, {"1.5d", EINVAL, 0}};
	int64_t n;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		n = 77;
		errno = 0;
		if (cases[i].error == 0) {
			assert(num_duration(cases[i].text, &n) == 0);
			assert(n == cases[i].value);
		} else {
			assert(num_duration(cases[i].text, &n) == -1);
			assert(errno == cases[i].error && n == 77);
		}
	}
}

static void
test_text(void)
{
	static const char *const words[] = {"uploads", "builds", "db", NULL};
	static const char *const folds[][2] = {{"", ""}, {"a b", "a b"},
	    {"  a \n\t b  ", "a b"},
	    {"a\x01"
	     "b",
		"a\\x01b"},
	    {"\xff\xc3\xa9\xc0\x80", "\\xFF\xc3\xa9\\xC0\\x80"},
	    {"\xed\xa0\x80", "\\xED\\xA0\\x80"},
	    {"\xc2\x9b"
	     "31m\xc2\xa0",
		"\\xC2\\x9B31m\xc2\xa0"},
	    {"cut\xe2\x82", "cut\\xE2\\x82"},
	    {"\xf4\x90\x80\x80", "\\xF4\\x90\\x80\\x80"}};
	static const char *const shells[][2] = {{"", "''"}, {"a/b-c", "a/b-c"},
	    {"a b", "'a b'"}, {"it's", "'it'\\''s'"}, {"$x", "'$x'"},
	    {"~", "'~'"}, {"a\nb", "'a\nb'"}};
	struct buf b = {NULL, 0, 0};
	char *s;
	size_t i;

	for (i = 0; i < sizeof(folds) / sizeof(folds[0]); i++) {
		s = text_line(folds[i][0]);
		assert(strcmp(s, folds[i][1]) == 0);
		free(s);
	}
	for (i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
		text_shell(&b, shells[i][0]);
		assert(strcmp(buf_str(&b), shells[i][1]) == 0);
		buf_reset(&b);
	}
	buf_free(&b);
	assert(strcmp(text_nearest("upload", words), "uploads") == 0);
	assert(strcmp(text_nearest("biulds", words), "builds") == 0);
	assert(text_nearest("zebra", words) == NULL);
	assert(text_starts("abc", "ab") && !text_starts("a", "ab"));
	assert(text_ends("abc", "bc") && !text_ends("c", "bc"));
}

static void
test_lists(void)
{
	struct list l = {NULL, 0};

	list_split(&l, ",a,,b c,");
	assert(l.n == 2 && list_has(&l, "a") && list_has(&l, "b c"));
	assert(!list_has(&l, "") && l.v[2] == NULL);
	list_free(&l);
	assert(l.n == 0 && l.v == NULL);
}

static void
on_alarm(int sig)
{
	(void)sig;
}

static void *
read_slowly(void *arg)
{
	int fd = *(int *)arg;
	char block[997];
	size_t *sum = malloc(sizeof(*sum));
	ssize_t n;

	assert(sum != NULL);
	*sum = 0;
	while ((n = io_read(fd, block, sizeof(block))) > 0)
		*sum += (size_t)n;
	assert(n == 0);
	return sum;
}

/* A storm of signals while a pipe is full: nothing is lost or doubled. */
static void
test_io_interrupted(void)
{
	struct itimerval storm = {{0, 200}, {0, 200}}, calm;
	struct sigaction sa;
	size_t size = 8 << 20, *got;
	pthread_t reader;
	char *data = calloc(1, size);
	int p[2];

	assert(data != NULL && pipe(p) == 0);
	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_alarm; /* without SA_RESTART */
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &storm, NULL);
	assert(pthread_create(&reader, NULL, read_slowly, &p[0]) == 0);
	assert(io_write_all(p[1], data, size) == 0);
	close(p[1]);
	assert(pthread_join(reader, (void **)&got) == 0);
	memset(&calm, 0, sizeof(calm));
	setitimer(ITIMER_REAL, &calm, NULL);
	assert(*got == size);
	close(p[0]);
	free(got);
	free(data);
}

static void
test_io_files(void)
{
	char dir[] = "/tmp/glb-base-XXXXXX";
	struct buf b = {NULL, 0, 0};
	struct stat st;
	int d, fd;

	assert(mkdtemp(dir) != NULL);
	d = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert(io_mkdirs(d, "a/b/c", 0755) == 0);
	assert(io_mkdirs(d, "a/b/c/", 0755) == 0);
	fd = openat(d, "a/b/f", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert(fd != -1 && io_write_all(fd, "12345", 5) == 0);
	close(fd);
	assert(io_mkdirs(d, "a/b/f/x", 0755) == -1 && errno == ENOTDIR);
	assert(io_read_file(d, "a/b/f", &b, 4) == -1 && errno == EFBIG);
	buf_reset(&b);
	assert(io_read_file(d, "a/b/f", &b, 5) == 0);
	assert(strcmp(b.data, "12345") == 0);
	buf_free(&b);
	/* A link is removed, never what it points at. */
	assert(symlinkat("a", d, "link") == 0);
	assert(io_remove_tree(d, "link") == 0);
	assert(fstatat(d, "a/b/f", &st, 0) == 0);
	assert(io_remove_tree(d, "a") == 0);
	assert(fstatat(d, "a", &st, 0) == -1 && errno == ENOENT);
	assert(io_remove_tree(d, "none") == 0);
	close(d);
	assert(io_remove_tree(AT_FDCWD, dir) == 0);
}

/* What is written behind is a hint: it may fail, and counts all the same. */
static void
test_io_behind(void)
{
	int p[2], fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	off_t begun = 0;

	assert(fd != -1 && ftruncate(fd, 10) == 0 && pipe(p) == 0);
	io_write_behind(fd, &begun, 3, 4);
	assert(begun == 0);
	io_write_behind(fd, &begun, 4, 4);
	assert(begun == 4);
	io_write_behind(fd, &begun, 7, 4);
	assert(begun == 4);
	errno = E2BIG;
	io_write_behind(p[1], &begun, 10, 1);
	assert(begun == 10 && errno == E2BIG);
	close(fd);
	close(p[0]);
	close(p[1]);
}

static void
test_hash(void)
{
	char hex[HASH_HEX];

	hash_bytes("abc", 3, hex);
	assert(strcmp(hex,
		   "ba7816bf8f01cfea414140de5dae2223"
		   "b00361a396177a9cb410ff61f20015ad") == 0);
}

static void
test_worse(void)
{
	assert(prog_worse(PROG_DONE, PROG_DONE) == PROG_DONE);
	assert(prog_worse(PROG_DONE, PROG_PARTIAL) == PROG_PARTIAL);
	assert(prog_worse(PROG_DAMAGED, PROG_PARTIAL) == PROG_DAMAGED);
	assert(prog_worse(PROG_DAMAGED, PROG_FAILED) == PROG_FAILED);
	assert(prog_worse(PROG_LOCKED, PROG_DONE) == PROG_LOCKED);
	assert(prog_worse(PROG_LOCKED, PROG_FAILED) == PROG_FAILED);
}

struct values {
	const char *name, *kind;
	int64_t number, level;
	struct list each, parts;
	int flag;
};

static const char *const kinds[] = {"one", "two", NULL};
static const struct opt rows[] = {
    {"each", 'e', OPT_LIST, offsetof(struct values, each), "S", NULL, "", 0, 0,
	NULL},
    {"flag", 'f', OPT_FLAG, offsetof(struct values, flag), NULL, "go", "", 0, 0,
	NULL},
    {"kind", 0, OPT_CHOICE, offsetof(struct values, kind), "K", NULL, "", 0, 0,
	kinds},
    {"level", 0, OPT_LEVEL, offsetof(struct values, level), "N", NULL, "", 1, 9,
	NULL},
    {"name", 'n', OPT_STRING, offsetof(struct values, name), "S", NULL, "", 0,
	0, NULL},
    {"number", 0, OPT_NUMBER, offsetof(struct values, number), "N", NULL, "", 0,
	5, NULL},
    {"parts", 0, OPT_COMMAS, offsetof(struct values, parts), "S", NULL, "", 0,
	0, NULL},
    {0},
};
static const struct opt_verb words[] = {
    {"go", "A", 1, 1, ""}, {"stay", "[A]...", 0, -1, ""}, {0}};
static const struct opt_program program = {"test", "Test.", words, rows, NULL};

/* Parses up to six words after the program's name. */
static int
parse(struct values *v, const char **verb, const char *line)
{
	static char copy[200];
	const struct opt_verb *found = NULL;
	char *argv[12], **operands, *p = copy;
	int argc = 0;

	memset(v, 0, sizeof(*v));
	snprintf(copy, sizeof(copy), "test %s", line);
	while ((argv[argc] = strsep(&p, " ")) != NULL)
		argc++;
	argc = opt_parse(&program, argc, argv, v, &found, &operands);
	*verb = found != NULL ? found->name : "";
	return argc;
}

static void
test_options(void)
{
	static const char *const wrong[] = {"", "gone", "go", "go a b",
	    "stay --flag", "go a --kind=three", "go a --number=6",
	    "go a --number=", "go a --bogus", "go a --name"};
	const char *verb;
	struct values v;
	size_t i;

	assert(parse(&v, &verb, "-f go x --name=y -e 1 --each 2 -7") == -1);
	assert(strcmp(verb, "go") == 0 && v.flag == 1 && v.level == 7);
	assert(strcmp(v.name, "y") == 0 && v.each.n == 2);
	list_free(&v.each);
	assert(parse(&v, &verb, "stay --parts=a,b a -- --flag") == -1);
	assert(strcmp(verb, "stay") == 0 && v.flag == 0 && v.parts.n == 2);
	list_free(&v.parts);
	assert(parse(&v, &verb, "go a --kind two --number 5") == -1);
	assert(strcmp(v.kind, "two") == 0 && v.number == 5);
	assert(freopen("/dev/null", "w", stderr) != NULL);
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert(parse(&v, &verb, wrong[i]) == PROG_USAGE);
}

int
main(void)
{
	test_num();
	test_duration();
	test_text();
	test_lists();
	test_io_interrupted();
	test_io_files();
	test_io_behind();
	test_hash();
	test_worse();
	test_options();
	return 0;
}
