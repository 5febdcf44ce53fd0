/* How header blocks, pax records and names are taken apart. */
/* SPDX-License-Identifier: MIT */
#undef NDEBUG
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "tar/decode.h"
#include "tar/dirs.h"
#include "tar/name.h"
#include "tar/pax.h"

static const struct tar_member plain = {
    "./a", "", "git", "web", {1000, 0}, 5, 998, 997, 0100644, TAR_FILE};

/* Puts the right sum into the block. */
static void
seal(char *block)
{
	unsigned sum = 0;
	size_t i;

	memset(block + 148, ' ', 8);
	for (i = 0; i < TAR_BLOCK; i++)
		sum += (unsigned char)block[i];
	snprintf(block + 148, 8, "%06o", sum & 0777777);
}

/* The header of plain with n bytes at p put at place at. */
static const char *
decode(size_t at, const void *p, size_t n, struct tar_fields *f)
{
	struct buf b = {NULL, 0, 0};
	const char *bad;

	tar_header_encode(&plain, &b);
	assert(b.len == TAR_BLOCK);
	memcpy(b.data + at, p, n);
	seal(b.data);
	bad = tar_decode(b.data, f);
	buf_free(&b);
	return bad;
}

static void
test_fields(void)
{
	struct tar_fields f;

	assert(decode(0, "", 0, &f) == NULL);
	assert(strcmp(f.name, "./a") == 0 && strcmp(f.link, "") == 0);
	assert(strcmp(f.user, "git") == 0 && strcmp(f.group, "web") == 0);
	assert(f.mtime == 1000 && f.size == 5 && f.uid == 998 && f.gid == 997);
	assert(f.mode == 0644 && f.type == TAR_FILE);
	assert(decode(156, "\0", 1, &f) == NULL && f.type == TAR_FILE);
	assert(decode(156, "7", 1, &f) == NULL && f.type == TAR_FILE);
	assert(decode(156, "Q", 1, &f) == NULL && f.type == 'Q');
}

/* A prefix is one only in POSIX archives, owners' names not in old ones. */
static void
test_kinds(void)
{
	struct tar_fields f;
	char full[256];

	assert(decode(345, "pre", 3, &f) == NULL);
	assert(strcmp(f.name, "pre/./a") == 0);
	memset(full, 'p', 155);
	assert(decode(345, full, 155, &f) == NULL);
	assert(strlen(f.name) == 155 + 1 + 3);
	memset(full, 'n', 100);
	assert(decode(0, full, 100, &f) == NULL && strlen(f.name) == 100);
	memcpy(full, "ustar  ", 8);
	memset(full + 8, 0, 80);
	memcpy(full + 88, "12345670", 8);
	assert(decode(257, full, 96, &f) == NULL);
	assert(strcmp(f.name, "./a") == 0 && f.user[0] == '\0');
	memset(full, 0, 8);
	memset(full + 8, 'u', 88);
	assert(decode(257, full, 96, &f) == NULL);
	assert(f.user[0] == '\0' && strcmp(f.name, "./a") == 0);
	assert(decode(257, "ustas", 5, &f) != NULL);
}

static void
test_numbers(void)
{
	static const struct {
		const char *field;
		int64_t want;
	} good[] = {{"00000000017", 15}, {"         17 ", 15},
	    {"17         ", 15}, {"            ", 0},
	    {"\0\0\0\0\0\0\0\0\0\0\0", 0}, {"777777777777", 68719476735},
	    {"\200\0\0\0\0\0\0\0\0\0\1", 256},
	    {"\200\0\0\0\177\377\377\377\377\377\377\377", INT64_MAX},
	    {"\377\377\377\377\377\377\377\377\377\377\377\376", -2},
	    {"\377\377\377\377\200\0\0\0\0\0\0", INT64_MIN}};
	static const char *const bad[] = {"8          ", "1 1        ",
	    "-1         ", "0x1        ", "+1         ",
	    "\200\1\0\0\0\0\0\0\0\0\0", "\200\0\0\0\200\0\0\0\0\0\0",
	    "\377\0\0\0\0\0\0\0\0\0\0",
	    "\377\377\377\377\177\377\377\377\377\377\377\377"};
	struct tar_fields f;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(*good); i++) {
		assert(decode(136, good[i].field, 12, &f) == NULL);
		assert(f.mtime == good[i].want);
		assert((decode(124, good[i].field, 12, &f) == NULL) ==
		    (good[i].want >= 0));
	}
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert(decode(136, bad[i], 12, &f) != NULL);
	/* Eight bytes of base 256, one way and the other. */
	assert(decode(108, "\200\0\0\0\377\377\377\377", 8, &f) == NULL);
	assert(f.uid == UINT32_MAX);
	assert(decode(108, "\377\377\377\377\377\377\377\377", 8, &f) != NULL);
}

/* Old programs summed signed bytes. */
static void
test_sum(void)
{
	struct buf b = {NULL, 0, 0};
	struct tar_fields f;
	int sum = 0;
	size_t i;

	tar_header_encode(&plain, &b);
	b.data[2] = '\344';
	assert(tar_decode(b.data, &f) != NULL);
	memset(b.data + 148, ' ', 8);
	for (i = 0; i < TAR_BLOCK; i++)
		sum += (signed char)b.data[i];
	snprintf(b.data + 148, 8, "%06o", (unsigned)sum & 0777777);
	assert(tar_decode(b.data, &f) == NULL);
	assert(strcmp(f.name, "./\344") == 0);
	buf_free(&b);
}

static const char *
parse(struct tar_pax *p, const char *s)
{
	return tar_pax_parse(p, s, strlen(s));
}

static void
test_pax(void)
{
	struct tar_pax p = {0};

	assert(parse(&p, "") == NULL && p.has == 0);
	assert(parse(&p, "8 path=\n15 linkpath=\n\n9 size=7\n") != NULL);
	tar_pax_reset(&p);
	assert(parse(&p, "10 path=a\n9 path=b\n") == NULL);
	assert(strcmp(p.text[TAR_PAX_PATH].data, "b") == 0);
	assert(p.has == 1U << TAR_PAX_PATH);
	assert(parse(&p, "8 path=\n") == NULL && p.has == 0);
	assert(p.hides == 1U << TAR_PAX_PATH);
	assert(parse(&p, "14 mtime=-1.25\n") != NULL);
	assert(parse(&p, "15 mtime=-1.25\n") == NULL);
	assert(p.mtime.tv_sec == -2 && p.mtime.tv_nsec == 750000000);
	assert(parse(&p, "22 mtime=1.0000000019\n") == NULL);
	assert(p.mtime.tv_sec == 1 && p.mtime.tv_nsec == 1);
	assert(parse(&p, "11 mtime=.\n") != NULL);
	assert(parse(&p, "19 size=8589934592\n") == NULL);
	assert(p.number[TAR_PAX_SIZE] == 8589934592);
	assert(parse(&p, "28 size=9999999999999999999\n") != NULL);
	assert(parse(&p, "28 uid=1\n") != NULL);
	assert(parse(&p, "10 a=b\nc=\n") == NULL);
	tar_pax_free(&p);
}

static void
test_names(void)
{
	static const char *const good[][2] = {{"./", ""}, {".", ""}, {"a", "a"},
	    {"./a/", "a"}, {"a//b/./c", "a/b/c"}, {"...", "..."},
	    {"./..a/b..", "..a/b.."}, {".a", ".a"}, {"./././", ""}};
	static const char *const bad[] = {"/", "/a", "//a", "..", "../a",
	    "a/..", "a/../b", "./../a", "a/../"};
	struct buf b = {NULL, 0, 0};
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(*good); i++) {
		assert(tar_name_clean(good[i][0], &b) == NULL);
		assert(strcmp(buf_str(&b), good[i][1]) == 0);
	}
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert(tar_name_clean(bad[i], &b) != NULL);
	buf_free(&b);
}

/* What is below comes before what is above, the last one of each name. */
static void
test_dirs(void)
{
	static const char *const in[] = {
	    "a", "a/b", "", "a-b", "a/b/c", "a", "z", "a/b"};
	static const char *const want[] = {"z", "a/b/c", "a/b", "a-b", "a", ""};
	struct tar_dirs *d = tar_dirs_new();
	struct tar_attr attr = {{0, 0}, 0, 0, 0};
	struct tar_dir dir;
	size_t i;

	for (i = 0; i < sizeof(in) / sizeof(*in); i++) {
		attr.mode = (mode_t)i;
		tar_dirs_add(d, in[i], &attr);
	}
	for (i = 0; i < sizeof(want) / sizeof(*want); i++) {
		assert(tar_dirs_next(d, &dir) == 1);
		assert(strcmp(dir.path, want[i]) == 0);
		if (strcmp(dir.path, "a") == 0)
			assert(dir.attr.mode == 5);
		if (strcmp(dir.path, "a/b") == 0)
			assert(dir.attr.mode == 7);
	}
	assert(tar_dirs_next(d, &dir) == 0);
	tar_dirs_free(d);
	d = tar_dirs_new();
	assert(tar_dirs_next(d, &dir) == 0);
	tar_dirs_free(d);
}

int
main(void)
{
	test_fields();
	test_kinds();
	test_numbers();
	test_sum();
	test_pax();
	test_names();
	test_dirs();
	return 0;
}
