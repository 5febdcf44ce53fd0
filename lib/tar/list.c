/* What is in a tar archive, for people and for programs. */
/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/js.h"
#include "base/prog.h"
#include "base/status.h"
#include "base/text.h"
#include "tar/decode.h"
#include "tar/list.h"
#include "tar/read.h"

static const struct {
	char letter;
	const char *word;
} types[] = {{'-', "file"}, {'h', "hardlink"}, {'l', "symlink"}, {'c', "char"},
    {'b', "block"}, {'d', "directory"}, {'p', "fifo"}};

/* Writes "rwxr-sr-t" into s. */
static void
mode_text(mode_t mode, char s[10])
{
	static const char all[] = "rwxrwxrwx";
	size_t i;

	for (i = 0; i < 9; i++)
		s[i] = mode & (0400U >> i) ? all[i] : '-';
	if (mode & S_ISUID)
		s[2] = mode & S_IXUSR ? 's' : 'S';
	if (mode & S_ISGID)
		s[5] = mode & S_IXGRP ? 's' : 'S';
	if (mode & S_ISVTX)
		s[8] = mode & S_IXOTH ? 't' : 'T';
	s[9] = '\0';
}

/* ISO 8601 in UTC, as many decimals as it has; "@SECONDS" past all years. */
static void
time_text(const struct timespec *t, char *s, size_t size)
{
	struct tm tm;
	size_t n;

	if (gmtime_r(&t->tv_sec, &tm) == NULL) {
		snprintf(s, size, "@%" PRId64, (int64_t)t->tv_sec);
		return;
	}
	n = strftime(s, size, "%Y-%m-%dT%H:%M:%S", &tm);
	if (t->tv_nsec > 0) {
		n += (size_t)snprintf(s + n, size - n, ".%09ld", t->tv_nsec);
		while (s[n - 1] == '0')
			n--;
	}
	snprintf(s + n, size - n, "Z");
}

/* A name if there is one, else the number. */
static void
owner_text(struct buf *out, const char *name, uint32_t id)
{
	size_t n = out->len;

	text_fold(out, name, strlen(name));
	if (out->len == n)
		buf_printf(out, "%" PRIu32, id);
}

static void
print_line(const struct tar_member *m, struct buf *b)
{
	char mode[10], when[48];

	mode_text(m->mode, mode);
	time_text(&m->mtime, when, sizeof(when));
	buf_printf(b, "%c%s ", types[m->type - '0'].letter, mode);
	owner_text(b, m->user, m->uid);
	buf_putc(b, '/');
	owner_text(b, m->group, m->gid);
	buf_printf(b, " %" PRIu64 " %s ", m->size, when);
	text_fold(b, m->path, strlen(m->path));
	if (*m->link != '\0') {
		buf_puts(b, " -> ");
		text_fold(b, m->link, strlen(m->link));
	}
	puts(buf_str(b));
}

static void
base64(struct buf *out, const char *s, size_t n)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz"
				      "0123456789+/";
	const unsigned char *p = (const unsigned char *)s;
	size_t i, j, k;
	unsigned v;

	for (i = 0; i < n; i += 3) {
		k = n - i < 3 ? n - i : 3;
		for (v = 0, j = 0; j < 3; j++)
			v = v << 8 | (j < k ? p[i + j] : 0U);
		for (j = 0; j < 4; j++)
			buf_putc(
			    out, j > k ? '=' : letters[v >> (18 - 6 * j) & 63]);
	}
}

/*
 * A text as it is if it is UTF-8.  Else folded, which cannot be undone, so
 * its bytes stand in a member KEY_base64.
 */
static void
put_exact(json_object *o, const char *key, const char *s)
{
	size_t n = strlen(s), i, k;
	struct buf name = {NULL, 0, 0}, value = {NULL, 0, 0};

	for (i = 0; i < n; i += k) {
		k = text_utf8(s + i, n - i);
		if (k == 0)
			break;
	}
	if (i >= n) {
		json_object_object_add(
		    o, key, json_object_new_string_len(s, (int)n));
		return;
	}
	js_put_text(o, key, s);
	buf_printf(&name, "%s_base64", key);
	base64(&value, s, n);
	json_object_object_add(
	    o, name.data, json_object_new_string(value.data));
	buf_free(&name);
	buf_free(&value);
}

static void
print_json(const struct tar_member *m)
{
	json_object *o = json_object_new_object();
	char mode[8], when[48];

	snprintf(mode, sizeof(mode), "%04o", (unsigned)m->mode & 07777);
	time_text(&m->mtime, when, sizeof(when));
	js_put_text(o, "type", types[m->type - '0'].word);
	js_put_text(o, "mode", mode);
	js_put_number(o, "uid", m->uid);
	js_put_number(o, "gid", m->gid);
	js_put_text(o, "user", m->user);
	js_put_text(o, "group", m->group);
	js_put_number(o, "size", m->size);
	js_put_text(o, "mtime", when);
	put_exact(o, "name", m->path);
	if (*m->link != '\0')
		put_exact(o, "link", m->link);
	else
		js_put_text(o, "link", NULL);
	js_print(stdout, o);
	json_object_put(o);
}

int
tar_list(int fd, bool json)
{
	struct tar_reader *r = tar_read_new(fd);
	struct buf line = {NULL, 0, 0};
	struct tar_member m;
	int rc = 0, status = PROG_DONE;

	while (status == PROG_DONE && (rc = tar_read_next(r, &m)) == 1) {
		buf_reset(&line);
		if (json)
			print_json(&m);
		else
			print_line(&m, &line);
		/* Here, where errno still tells why. */
		if (ferror(stdout)) {
			warn("standard output");
			status = PROG_FAILED;
		}
		status_add(0, 0, 1);
	}
	if (status == PROG_DONE && rc == -1)
		status = tar_read_status(r);
	buf_free(&line);
	tar_read_free(r);
	return status;
}
