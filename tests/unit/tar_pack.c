/* Parts of tar/ that no tree on a plain disk brings about. */
/* SPDX-License-Identifier: MIT */
#undef NDEBUG
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/io.h"
#include "base/prog.h"
#include "tar/links.h"
#include "tar/out.h"
#include "tar/walk.h"

/* A file that cannot be read is filled up, and the errno is told. */
static void
test_read_error(void)
{
	struct buf b = {NULL, 0, 0};
	struct tar_copy copy;
	struct tar_out *o;
	int p[2], null;
	size_t i;

	assert(pipe2(p, O_CLOEXEC) == 0);
	null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	o = tar_out_new(p[1]);
	assert(tar_out_copy(o, null, 1025, &copy) == 0);
	assert(copy.got == 0 && copy.error == EBADF);
	assert(tar_out_add(o, "end", 3) == 0);
	assert(tar_out_end(o) == 0);
	tar_out_free(o);
	close(p[1]);
	close(null);
	assert(io_read_all(p[0], &b, 1 << 20) == 0);
	close(p[0]);
	assert(b.len == 10240);
	for (i = 0; i < b.len; i++)
		assert(b.data[i] == (i - 1536 < 3 ? "end"[i - 1536] : '\0'));
	buf_free(&b);
}

static void
line_is(const struct tar_walk *w, const char *want)
{
	char *line = tar_walk_line(w);

	assert(strcmp(line, want) == 0);
	free(line);
}

/*
 * How entries are called in messages, and a directory that lies in itself,
 * as a broken network mount may show it.
 */
static void
test_walk(const char *top, const char *line, const char *line_a)
{
	char dir[] = "/tmp/glb-unit-XXXXXX";
	struct tar_entry e;
	struct tar_walk *w;
	struct stat st;
	int fd, sub;

	assert(mkdtemp(dir) != NULL);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert(mkdirat(fd, "a\n", 0700) == 0 && fstat(fd, &st) == 0);
	w = tar_walk_new(top, NULL);
	assert(tar_walk_enter(w, fd, &st) == 0);
	line_is(w, line);
	assert(tar_walk_next(w, &e) == 1 && strcmp(e.name, "a\n") == 0);
	assert(strcmp(tar_walk_path(w), "./a\n") == 0);
	line_is(w, line_a);
	sub = openat(e.dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert(tar_walk_status(w) == PROG_DONE);
	assert(tar_walk_enter(w, sub, &st) == -1);
	assert(fcntl(sub, F_GETFD) == -1);
	assert(tar_walk_status(w) == PROG_PARTIAL);
	assert(tar_walk_next(w, &e) == 0);
	tar_walk_free(w);
	assert(io_remove_tree(AT_FDCWD, dir) == 0);
}

static void
test_links(void)
{
	struct tar_links *l = tar_links_new();
	struct stat st;
	char *s;
	ino_t i;

	memset(&st, 0, sizeof(st));
	for (i = 0; i < 5000; i++) {
		st.st_ino = i * 64;
		st.st_dev = i % 3;
		s = xasprintf("./%ju", (uintmax_t)i);
		assert(tar_links_find(l, &st) == NULL);
		tar_links_add(l, &st, s);
		free(s);
	}
	for (i = 0; i < 5000; i++) {
		st.st_ino = i * 64;
		st.st_dev = i % 3;
		s = xasprintf("./%ju", (uintmax_t)i);
		assert(strcmp(tar_links_find(l, &st), s) == 0);
		free(s);
	}
	st.st_dev++;
	assert(tar_links_find(l, &st) == NULL);
	st.st_dev--;
	st.st_size = 1;
	assert(tar_links_find(l, &st) == NULL);
	st.st_size = 0;
	st.st_mtim.tv_nsec = 1;
	assert(tar_links_find(l, &st) == NULL);
	tar_links_add(l, &st, "./new");
	assert(strcmp(tar_links_find(l, &st), "./new") == 0);
	tar_links_free(l);
}

int
main(void)
{
	test_read_error();
	test_links();
	/* The warnings are meant. */
	assert(freopen("/dev/null", "w", stderr) != NULL);
	test_walk("top", "top", "top/a");
	test_walk("top//", "top", "top/a");
	test_walk("/", "/", "/a");
	return 0;
}
