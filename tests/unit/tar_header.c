/* What stands in a member's header, byte by byte. */
/* SPDX-License-Identifier: MIT */
#undef NDEBUG
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "tar/header.h"

static const struct tar_member plain = {
    "./a", "", "git", "git", {1000, 0}, 5, 998, 997, 0100644, TAR_FILE};

/* The header of m; its last block must carry the right sum. */
static char *
encode(const struct tar_member *m, size_t *n)
{
	struct buf b = {NULL, 0, 0};
	const char *p;
	long sum = 0, want;
	size_t i;

	tar_header_encode(m, &b);
	assert(b.len > 0 && b.len % TAR_BLOCK == 0);
	p = b.data + b.len - TAR_BLOCK;
	want = strtol(p + 148, NULL, 8);
	for (i = 0; i < TAR_BLOCK; i++)
		sum += i >= 148 && i < 156 ? ' ' : (unsigned char)p[i];
	assert(sum == want && p[154] == '\0' && p[155] == ' ');
	*n = b.len;
	return buf_take(&b);
}

/* The pax records of m must be want; "" is no pax header at all. */
static void
records(const struct tar_member *m, const char *want)
{
	size_t n, len = strlen(want);
	char *p = encode(m, &n);

	if (len == 0) {
		assert(n == TAR_BLOCK);
	} else {
		assert(n == 2 * TAR_BLOCK + (len + 511) / 512 * 512);
		assert(strcmp(p, "././@PaxHeader") == 0 && p[156] == 'x');
		assert(strtoul(p + 124, NULL, 8) == len);
		assert(memcmp(p + TAR_BLOCK, want, len) == 0);
		assert(p[TAR_BLOCK + len] == '\0' || len % 512 == 0);
	}
	free(p);
}

static void
test_fields(void)
{
	size_t n;
	char *p = encode(&plain, &n);

	assert(n == TAR_BLOCK);
	assert(strcmp(p, "./a") == 0);
	assert(strcmp(p + 100, "0000644") == 0);
	assert(strcmp(p + 108, "0001746") == 0);
	assert(strcmp(p + 116, "0001745") == 0);
	assert(strcmp(p + 124, "00000000005") == 0);
	assert(strcmp(p + 136, "00000001750") == 0);
	assert(p[156] == '0' && p[157] == '\0');
	assert(memcmp(p + 257, "ustar\00000", 8) == 0);
	assert(strcmp(p + 265, "git") == 0 && strcmp(p + 297, "git") == 0);
	assert(p[345] == '\0');
	free(p);
}

static void
test_numbers(void)
{
	struct tar_member m = plain;

	m.uid = m.gid = 2097151;
	m.size = 8589934591;
	m.mode = 07777;
	records(&m, "");
	m.uid = 2097152;
	m.gid = 4294967294;
	m.size = 8589934592;
	records(&m,
	    "15 uid=2097152\n18 gid=4294967294\n"
	    "19 size=8589934592\n");
	m = plain;
	m.size = UINT64_MAX;
	records(&m, "29 size=18446744073709551615\n");
}

static void
test_times(void)
{
	static const struct {
		struct timespec t;
		const char *want;
	} row[] = {
	    {{0, 0}, ""},
	    {{8589934591, 0}, ""},
	    {{8589934592, 0}, "20 mtime=8589934592\n"},
	    {{1, 500000000}, "13 mtime=1.5\n"},
	    {{10, 1}, "22 mtime=10.000000001\n"},
	    {{0, 120000000}, "14 mtime=0.12\n"},
	    {{-1, 0}, "12 mtime=-1\n"},
	    {{-1, 500000000}, "14 mtime=-0.5\n"},
	    {{-2, 700000000}, "14 mtime=-1.3\n"},
	    {{-100, 0}, "14 mtime=-100\n"},
	    {{INT64_MIN, 0}, "30 mtime=-9223372036854775808\n"},
	};
	struct tar_member m = plain;
	size_t i;

	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		m.mtime = row[i].t;
		records(&m, row[i].want);
	}
}

/* A path "./xx...", with a slash at each of the places, n bytes in all. */
static char *
path(size_t n, size_t slash1, size_t slash2)
{
	char *s = xmalloc(n + 1);

	memset(s, 'x', n);
	s[n] = '\0';
	memcpy(s, "./", 2);
	s[slash1] = s[slash2] = '/';
	return s;
}

static void
test_paths(void)
{
	static const struct {
		size_t n, slash1, slash2, cut; /* cut 0: not cut, but in pax */
	} row[] = {
	    {101, 50, 100, 50}, /* the last slash is no place to cut */
	    {101, 1, 100, 1},
	    {256, 155, 155, 155},
	    {256, 154, 156, 0},
	    {257, 155, 155, 0},
	    {255, 100, 155, 155},
	    {200, 60, 198, 0},
	    {4000, 155, 3950, 0},
	};
	struct tar_member m = plain;
	struct buf want = {NULL, 0, 0};
	size_t i, n;
	char *s, *p;

	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		m.path = s = path(row[i].n, row[i].slash1, row[i].slash2);
		buf_reset(&want);
		if (row[i].cut == 0)
			buf_printf(&want, "%zu path=%s\n",
			    row[i].n + (row[i].n < 990 ? 10 : 11), s);
		records(&m, buf_str(&want));
		p = encode(&m, &n);
		if (row[i].cut > 0) {
			assert(strlen(p + 345) == row[i].cut || p[500] != '\0');
			assert(memcmp(p + 345, s, row[i].cut) == 0);
			assert(strncmp(p, s + row[i].cut + 1, 100) == 0);
		}
		free(p);
		free(s);
	}
	buf_free(&want);
}

static void
test_texts(void)
{
	struct tar_member m = plain;
	char *s = path(101, 1, 1);
	size_t n;
	char *p;

	m.path = s + 1; /* 100 bytes fill the field, without a NUL */
	p = encode(&m, &n);
	assert(n == TAR_BLOCK && memcmp(p, s + 1, 100) == 0 && p[100] == '0');
	free(p);
	m.path = "./\377\n";
	records(&m, "");
	m.user = "a-name-of-31-bytes-in-all-xxxxx";
	records(&m, "");
	m.user = "a-name-of-32-bytes-in-all-xxxxxx";
	records(&m, "42 uname=a-name-of-32-bytes-in-all-xxxxxx\n");
	m = plain;
	m.type = TAR_SYMLINK;
	m.link = s + 1;
	records(&m, "");
	memcpy(s + 2, "\303\244", 2);
	m.link = s;
	p = xasprintf("115 linkpath=%s\n", s);
	records(&m, p);
	free(p);
	s[3] = '\377';
	p = xasprintf("21 hdrcharset=BINARY\n115 linkpath=%s\n", s);
	records(&m, p);
	free(p);
	free(s);
}

int
main(void)
{
	test_fields();
	test_numbers();
	test_times();
	test_paths();
	test_texts();
	return 0;
}
