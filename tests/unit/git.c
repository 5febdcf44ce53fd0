/* Unit tests of lib/git: what a pipe cannot reach. */
/* SPDX-License-Identifier: MIT */
#undef NDEBUG
#include <sys/socket.h>

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/prog.h"
#include "git/input.h"
#include "git/line.h"
#include "git/manifest.h"
#include "git/names.h"
#include "git/pool.h"
#include "git/refs.h"
#include "git/tree.h"

static void
test_line(void)
{
	static const struct {
		const char *path, *want; /* want NULL: not UTF-8 */
	} cases[] = {
	    {"group/project", "group/project"},
	    {"a<b>&\"\\/", "a\\u003cb\\u003e\\u0026\\\"\\\\/"},
	    {"\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa",
		"\\u2028\\u2029\xe2\x80\xaa"},
	    {"\b\f\n\r\t\x01\x1f\x7f", "\\b\\f\\n\\r\\t\\u0001\\u001f\x7f"},
	    {"\xc3\xbc\xf0\x9f\x98\x80", "\xc3\xbc\xf0\x9f\x98\x80"},
	    {"\xff", NULL},
	};
	struct rows_repository r = {"default", "@hashed/a.git", NULL, 1};
	struct buf out = {NULL, 0, 0};
	char want[256];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_reset(&out);
		buf_puts(&out, "before");
		r.gl_project_path = cases[i].path;
		if (cases[i].want == NULL) {
			assert(line_write(&out, &r) == -1);
			assert(strcmp(buf_str(&out), "before") == 0);
			continue;
		}
		assert(line_write(&out, &r) == 0);
		snprintf(want, sizeof(want),
		    "before{\"storage_name\":\"default\",\"relative_path\":"
		    "\"@hashed/a.git\",\"gl_project_path\":\"%s\","
		    "\"always_create\":true}\n",
		    cases[i].want);
		assert(strcmp(buf_str(&out), want) == 0);
	}
	buf_reset(&out);
	r.gl_project_path = "";
	r.always_create = 0;
	assert(line_write(&out, &r) == 0);
	assert(strstr(out.data, "\"always_create\":false}\n") != NULL);
	buf_free(&out);
}

static void
test_names(void)
{
	static const char *const good[] = {"a.git", "@hashed/6b/86/6b.git",
	    "a/.b/...", "..a/b..", "\xc3\xbc", "a\\b", NULL};
	static const char *const bad[] = {"", "/a", "a/", "a//b", ".", "a/./b",
	    "..", "a/..", "../a", "a\nb", "\x7f", "\xff", "\xc0\xaf", NULL};
	size_t i;

	for (i = 0; good[i] != NULL; i++)
		assert(names_bad_path(good[i]) == NULL);
	for (i = 0; bad[i] != NULL; i++)
		assert(names_bad_path(bad[i]) != NULL);
	assert(names_bad_id("1714053314_2024_04_25_17.0.0-pre") == NULL);
	assert(names_bad_id(".hidden") != NULL);
	assert(names_bad_id("a/b") != NULL);
	assert(names_bad_storage("default") == NULL);
	assert(names_bad_storage("backup_ids") != NULL);
}

static void
test_manifest(void)
{
	static const struct {
		const char *head, *want;
	} cases[] = {
	    {"refs/heads/a\"b\\c\td", "'refs/heads/a\"b\\c\td'"},
	    {"it's", "\"it's\""},
	    {"'\"\\\b\t\n\f\r\x01\x7f",
		"\"'\\\"\\\\\\b\\t\\n\\f\\r\\u0001\\u007F\""},
	    {"\xc3\xbc", "'\xc3\xbc'"},
	};
	const struct manifest_step steps[2] = {
	    {"b1", "r1", NULL, NULL}, {"b2", "r2", "r1", "h2"}};
	struct manifest m = {false, true, "sha1", NULL, steps, 2};
	struct buf out = {NULL, 0, 0};
	char want[128];
	size_t i;

	manifest_write(&out, &m);
	assert(strcmp(out.data,
		   "empty = false\nnon_existent = true\n"
		   "object_format = 'sha1'\n\n"
		   "[[steps]]\nbundle_path = 'b1'\nref_path = 'r1'\n\n"
		   "[[steps]]\nbundle_path = 'b2'\nref_path = 'r2'\n"
		   "previous_ref_path = 'r1'\n"
		   "custom_hooks_path = 'h2'\n") == 0);
	m.n_steps = 0;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_reset(&out);
		m.head_reference = cases[i].head;
		manifest_write(&out, &m);
		snprintf(want, sizeof(want), "\nhead_reference = %s\n",
		    cases[i].want);
		assert(strstr(out.data, want) != NULL);
	}
	buf_free(&out);
}

/* A file that holds text. */
static int
file_of(const char *text)
{
	char name[] = "/tmp/glb-unit.XXXXXX";
	int fd = mkostemp(name, O_CLOEXEC);

	assert(fd != -1 && unlink(name) == 0);
	assert(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	return fd;
}

/* The contents of fd, which is closed; the caller frees them. */
static char *
contents(int fd)
{
	char *text = xcalloc(1, 4096);

	assert(pread(fd, text, 4095, 0) >= 0);
	close(fd);
	return text;
}

#define A40 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B40 "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define A64 A40 "aaaaaaaaaaaaaaaaaaaaaaaa"

static void
test_refs(void)
{
	static const char *const bad[] = {"\n", "x", A40 "\n", A40 " \n",
	    A40 " refs/heads/a", A64 " refs/a\n" A40 " refs/b\n",
	    A40 "a refs/a\n", "warning: x\n", NULL};
	int list, oids, bundle;
	struct refs r;
	char *text;
	size_t i;

	list =
	    file_of(A40 " HEAD\n" A40 " refs/heads/a\n" B40 " refs/x/HEAD\n");
	oids = file_of("");
	bundle = file_of("");
	assert(refs_scan(list, oids, bundle, &r) == 0);
	assert(r.n == 2 && r.digits == 40 && r.bytes == 40 * 3 + 33);
	assert(strcmp(refs_format(&r), "sha1") == 0);
	text = contents(oids);
	assert(strcmp(text, A40 "\n" A40 "\n" B40 "\n") == 0);
	free(text);
	text = contents(bundle);
	assert(strcmp(text,
		   "# v2 git bundle\n" A40 " refs/heads/a\n" B40
		   " refs/x/HEAD\n" A40 " HEAD\n\n") == 0);
	assert(strlen(text) == r.header);
	free(text);
	close(list);
	for (i = 0; bad[i] != NULL; i++) {
		list = file_of(bad[i]);
		oids = file_of("");
		bundle = file_of("");
		assert(refs_scan(list, oids, bundle, &r) == -1);
		assert(errno == EBADMSG);
		close(list);
		close(oids);
		close(bundle);
	}
}

/* A full disk is found out when the files are written. */
static void
test_refs_full(void)
{
	int list = file_of(A64 " refs/heads/a\n"), oids = file_of("");
	int full = open("/dev/full", O_RDWR | O_CLOEXEC);
	struct refs r;

	assert(refs_scan(list, oids, full, &r) == -1 && errno == ENOSPC);
	assert(tree_is_full(ENOSPC) && tree_is_full(EDQUOT));
	assert(!tree_is_full(EACCES) && !tree_is_full(EFBIG));
	close(list);
	close(oids);
	close(full);
}

/* An object may be cut anywhere between two reads. */
static void
test_input(void)
{
	static const char text[] =
	    " {\"storage_name\":\"a\",\"relative_path\":\"\\u00fc\"}\n"
	    "{\"Storage_Name\":\"b\",\"relative_path\":null,\"x\":[1,{}]}\t"
	    "{}\n";
	size_t cut, n = sizeof(text) - 1;
	struct input_repo r;
	struct input *in;
	int s[2];

	for (cut = 1; cut < n; cut++) {
		/* Each read(2) of these sockets gets what one write(2) gave. */
		assert(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, s) == 0);
		assert(write(s[1], text, cut) == (ssize_t)cut);
		assert(write(s[1], text + cut, n - cut) == (ssize_t)(n - cut));
		close(s[1]);
		in = input_new(s[0]);
		assert(input_next(in, &r) == -1);
		assert(strcmp(r.storage_name, "a") == 0);
		assert(strcmp(r.relative_path, "\xc3\xbc") == 0);
		assert(input_next(in, &r) == -1);
		assert(strcmp(r.storage_name, "b") == 0);
		assert(strcmp(r.relative_path, "") == 0);
		assert(input_next(in, &r) == -1);
		assert(strcmp(r.storage_name, "") == 0);
		assert(input_next(in, &r) == PROG_DONE);
		input_free(in);
		close(s[0]);
	}
}

struct job {
	struct pool_job queue;
	int number;
};

struct counts {
	pthread_barrier_t both; /* a job of each lane has arrived */
	struct pool_lane lanes[2];
	atomic_int running[2], most[2], done, dropped;
};

static struct counts counts;

/* The first job of each lane waits for the other lane's. */
static int
count(void *arg, unsigned int worker, struct pool_job *queued)
{
	struct job *j = (struct job *)queued;
	int lane = j->number % 2, now;

	assert(arg == &counts && worker < 4);
	now = atomic_fetch_add(&counts.running[lane], 1) + 1;
	if (now > atomic_load(&counts.most[lane]))
		atomic_store(&counts.most[lane], now);
	if (j->number >= 0 && j->number < 2)
		pthread_barrier_wait(&counts.both);
	atomic_fetch_sub(&counts.running[lane], 1);
	atomic_fetch_add(&counts.done, 1);
	now = j->number == 1000;
	free(j);
	return now;
}

static void
drop(struct pool_job *queued)
{
	atomic_fetch_add(&counts.dropped, 1);
	free((struct job *)queued);
}

static int
push(struct pool *p, int number)
{
	struct job *j = xcalloc(1, sizeof(*j));

	j->number = number;
	j->queue.lane = &counts.lanes[number % 2];
	if (pool_push(p, &j->queue) == 0)
		return 0;
	free(j);
	return -1;
}

/* A lane that is full does not hold the other; none exceeds its limit. */
static void
test_pool_lanes(void)
{
	struct pool *p;
	int i;

	memset(&counts, 0, sizeof(counts));
	pthread_barrier_init(&counts.both, NULL, 2);
	p = pool_new(4, 1, count, drop, &counts);
	assert(p != NULL);
	for (i = 0; i < 200; i += 2)
		assert(push(p, i) == 0);
	assert(push(p, 1) == 0);
	pool_wait(p);
	assert(atomic_load(&counts.done) == 101);
	for (i = 2; i < 5000; i++)
		assert(push(p, i == 1000 ? 1002 : i) == 0);
	pool_free(p);
	assert(atomic_load(&counts.done) == 101 + 4998);
	assert(atomic_load(&counts.most[0]) == 1);
	assert(atomic_load(&counts.most[1]) == 1);
	assert(atomic_load(&counts.dropped) == 0);
	pthread_barrier_destroy(&counts.both);
}

/* A job that stops the pool: what waits is dropped, what comes refused. */
static void
test_pool_stop(void)
{
	struct pool *p;
	int pushed = 0;

	memset(&counts, 0, sizeof(counts));
	p = pool_new(2, 0, count, drop, &counts);
	assert(p != NULL && push(p, 1000) == 0);
	while (push(p, 2) == 0)
		pushed++;
	pool_wait(p);
	assert(push(p, 2) == -1);
	pool_free(p);
	assert(atomic_load(&counts.done) + atomic_load(&counts.dropped) ==
	    pushed + 1);
	pool_free(NULL);
}

int
main(void)
{
	test_line();
	test_names();
	test_manifest();
	test_refs();
	test_refs_full();
	test_input();
	test_pool_lanes();
	test_pool_stop();
	return 0;
}
