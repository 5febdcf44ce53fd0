/* Unit tests of lib/git/chain_find.c: which backup counts as the newest. */
/* SPDX-License-Identifier: MIT */
#undef NDEBUG
#include <sys/stat.h>

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "git/chain.h"

#define MANIFESTS "manifests/default/a.git"

/* Writes text to the file path, last changed at when. */
static void
put(const char *path, const char *text, time_t when)
{
	struct timespec times[2] = {{when, 0}, {when, 0}};
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert(fd != -1 && io_write_all(fd, text, strlen(text)) == 0);
	assert(futimens(fd, times) == 0 && close(fd) == 0);
}

/* Reads the manifest of id, or the newest; want is the id that is found. */
static void
check(const char *id, const char *newest, enum chain_found want_found,
    const char *want)
{
	struct buf why = {NULL, 0, 0};
	enum chain_found found;
	struct chain c;

	found = chain_read(AT_FDCWD, "default", "a.git", id, newest, &c, &why);
	assert(found == want_found);
	assert((found == CHAIN_READ) == (why.len == 0));
	if (want == NULL)
		assert(c.id == NULL);
	else
		assert(strcmp(c.id, want) == 0);
	chain_free(&c);
	buf_free(&why);
}

static void
test_newest_manifest(void)
{
	static const char none[] = "non_existent = true\n";

	check(NULL, NULL, CHAIN_NONE, NULL);
	check("1", NULL, CHAIN_NONE, NULL);
	put(MANIFESTS "/1.toml", none, 100);
	put(MANIFESTS "/2.toml", none, 100);
	put(MANIFESTS "/3.toml.attrs", none, 300);
	put(MANIFESTS "/4.toml.123.tmp", none, 300);
	/* Without markers +latest counts, whatever the times are. */
	put(MANIFESTS "/+latest.toml", none, 50);
	check(NULL, NULL, CHAIN_READ, "+latest");
	/* The last run's wins where the repository has it. */
	check(NULL, "1", CHAIN_READ, "1");
	check("1", "2", CHAIN_READ, "1");
	check("9", NULL, CHAIN_NONE, NULL);
	/* Else of one moment the greatest name; + stands before digits. */
	check(NULL, "9", CHAIN_READ, "2");
	put(MANIFESTS "/1.toml", none, 101);
	check(NULL, "9", CHAIN_READ, "1");
	put(MANIFESTS "/+latest.toml", none, 102);
	check(NULL, "9", CHAIN_READ, "+latest");
	/* So it is without both. */
	assert(unlink(MANIFESTS "/+latest.toml") == 0);
	check(NULL, NULL, CHAIN_READ, "1");
	/* What is there but bad is not passed over. */
	put(MANIFESTS "/5.toml", "x", 50);
	check(NULL, "5", CHAIN_DAMAGED, "5");
	assert(symlink("1.toml", MANIFESTS "/6.toml") == 0);
	check("6", NULL, CHAIN_DAMAGED, "6");
	assert(mkfifo(MANIFESTS "/7.toml", 0600) == 0);
	check("7", NULL, CHAIN_DAMAGED, "7");
	assert(mkdir(MANIFESTS "/8.toml", 0700) == 0);
	check("8", NULL, CHAIN_DAMAGED, "8");
}

/* Reads the backup id of b.git, or the newest; what is found and its layout. */
static void
check_layout(const char *id, enum chain_found want_found,
    enum chain_layout want, size_t n_steps)
{
	struct buf why = {NULL, 0, 0};
	struct chain c;

	assert(chain_read(AT_FDCWD, "default", "b.git", id, NULL, &c, &why) ==
	    want_found);
	if (want_found == CHAIN_READ)
		assert(c.layout == want && c.n_steps == n_steps &&
		    strcmp(c.object_format, "sha1") == 0);
	chain_free(&c);
	buf_free(&why);
}

/* Manifests count more than pointers, these more than what was before. */
static void
test_layouts(void)
{
	check_layout(NULL, CHAIN_NONE, CHAIN_LEGACY, 0);
	put("b.refs", "", 1);
	check_layout(NULL, CHAIN_READ, CHAIN_LEGACY, 1);
	check_layout("1", CHAIN_NONE, CHAIN_LEGACY, 0);
	assert(io_mkdirs(AT_FDCWD, "b/1", 0700) == 0);
	put("b/1/LATEST", "002", 1);
	check_layout("1", CHAIN_READ, CHAIN_POINTER, 2);
	check_layout(NULL, CHAIN_READ, CHAIN_LEGACY, 1);
	put("b/LATEST", "1", 1);
	check_layout(NULL, CHAIN_READ, CHAIN_POINTER, 2);
	put("b/LATEST", "2", 1);
	check_layout(NULL, CHAIN_DAMAGED, CHAIN_POINTER, 0);
	assert(io_mkdirs(AT_FDCWD, "manifests/default/b.git", 0700) == 0);
	put("manifests/default/b.git/+latest.toml",
	    "object_format = 'sha1'\nsteps = [{ref_path = 'x'}]\n", 1);
	check_layout(NULL, CHAIN_READ, CHAIN_MANIFEST, 1);
	check_layout("2", CHAIN_NONE, CHAIN_LEGACY, 0);
}

static void
test_newest_run(void)
{
	char *id;

	assert(chain_newest(AT_FDCWD, &id) == 0 && id == NULL);
	assert(mkdir("backup_ids", 0700) == 0);
	assert(chain_newest(AT_FDCWD, &id) == 0 && id == NULL);
	put("backup_ids/1", "", 100);
	put("backup_ids/0", "", 100);
	put("backup_ids/9.attrs", "", 300);
	assert(chain_newest(AT_FDCWD, &id) == 0 && strcmp(id, "1") == 0);
	free(id);
	put("backup_ids/0", "", 101);
	assert(chain_newest(AT_FDCWD, &id) == 0 && strcmp(id, "0") == 0);
	free(id);
}

/* No link leads out of the tree, wherever it stands in a path. */
static void
test_open(void)
{
	int fd;

	put("file", "x", 1);
	assert(symlink("manifests", "link") == 0);
	fd = chain_open(AT_FDCWD, "file");
	assert(fd != -1);
	close(fd);
	assert(chain_open(AT_FDCWD, "link/default/a.git/1.toml") == -1);
	assert(chain_open(AT_FDCWD, "none/x") == -1 && errno == ENOENT);
	assert(chain_open(AT_FDCWD, "file/x") == -1 && errno == ENOTDIR);
	assert(chain_open(AT_FDCWD, "manifests") == -1 && errno == EISDIR);
}

int
main(void)
{
	char dir[] = "/tmp/glb-chain.XXXXXX";

	assert(mkdtemp(dir) != NULL && chdir(dir) == 0);
	assert(io_mkdirs(AT_FDCWD, MANIFESTS, 0700) == 0);
	test_newest_manifest();
	test_newest_run();
	test_layouts();
	test_open();
	assert(io_remove_tree(AT_FDCWD, dir) == 0);
	return 0;
}
