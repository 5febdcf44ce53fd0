/* Keys and tokens: kept from cores and messages, wiped when done with. */
/* SPDX-License-Identifier: MIT */
#include <sys/prctl.h>
#include <sys/resource.h>

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <json-c/printbuf.h>

#include "base/alloc.h"
#include "base/io.h"
#include "gcp/pace.h"
#include "gcp/secret.h"

#define KEPT 8
#define RECENT 16
#define SHORTEST 6 /* what is shorter would hide half of any message */
#define PREFIX 12
#define PAUSE 50 /* ms, for a writer that is slow */

struct secrets {
	char *kept[KEPT];
	char *recent[RECENT];
	size_t n_kept, next;
};

void
secret_guard(void)
{
	struct rlimit none = {0, 0};

	/* Neither can fail with these arguments, and nothing else is there. */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	setrlimit(RLIMIT_CORE, &none);
}

void
secret_free(char *s)
{
	if (s != NULL)
		explicit_bzero(s, strlen(s));
	free(s);
}

void
secret_buf_free(struct buf *b)
{
	if (b->data != NULL)
		explicit_bzero(b->data, b->size);
	buf_free(b);
}

void
secret_release(void *p)
{
	if (p != NULL)
		explicit_bzero(p, malloc_usable_size(p));
	free(p);
}

void *
secret_resize(void *p, size_t n)
{
	size_t old = p != NULL ? malloc_usable_size(p) : 0;
	void *fresh = malloc(n > 0 ? n : 1);

	if (fresh == NULL)
		return NULL;
	if (p != NULL)
		memcpy(fresh, p, old < n ? old : n);
	secret_release(p);
	return fresh;
}

int
secret_read(const char *path, struct buf *b)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), rc;

	if (fd == -1)
		return -1;
	/* Reserved whole: growing would leave copies behind. */
	buf_reserve(b, SECRET_MAX + IO_SIZE);
	/* Signals are let in only while pace_wait() waits. */
	do
		rc = io_read_all(fd, b, SECRET_MAX);
	while (rc == -1 && errno == EAGAIN && pace_wait(PAUSE) == 0);
	if (rc == 0)
		return fd;
	rc = errno;
	close(fd);
	errno = rc == EAGAIN ? EINTR : rc;
	return -1;
}

/* json-c owns its strings and only shows them; they are about to be freed. */
static void
wipe_string(json_object *o)
{
	uintptr_t p = (uintptr_t)json_object_get_string(o);

	explicit_bzero((void *)p, (size_t)json_object_get_string_len(o));
}

static void
wipe(json_object *o)
{
	size_t i;

	if (json_object_is_type(o, json_type_string))
		wipe_string(o);
	if (json_object_is_type(o, json_type_array))
		for (i = 0; i < json_object_array_length(o); i++)
			wipe(json_object_array_get_idx(o, i));
	if (json_object_is_type(o, json_type_object)) {
		json_object_object_foreach(o, key, value)
		{
			(void)key;
			wipe(value);
		}
	}
}

void
secret_json_put(json_object *o)
{
	wipe(o);
	json_object_put(o);
}

json_object *
secret_json(const char *s, size_t n)
{
	struct json_tokener *t = json_tokener_new();
	json_object *o;
	size_t end;

	if (t == NULL || n > INT32_MAX) {
		json_tokener_free(t);
		return NULL;
	}
	/* Or its buffer would leave pieces behind wherever it grew. */
	printbuf_memset(t->pb, (int)n, 0, 1);
	printbuf_reset(t->pb);
	o = json_tokener_parse_ex(t, s, (int)n);
	end = json_tokener_get_parse_end(t);
	explicit_bzero(t->pb->buf, (size_t)t->pb->size);
	json_tokener_free(t);
	while (end < n && strchr(" \t\r\n", s[end]) != NULL && s[end] != '\0')
		end++;
	if (json_object_is_type(o, json_type_object) && end == n)
		return o;
	secret_json_put(o);
	return NULL;
}

struct secrets *
secrets_new(void)
{
	return xcalloc(1, sizeof(struct secrets));
}

void
secrets_free(struct secrets *s)
{
	size_t i;

	if (s == NULL)
		return;
	for (i = 0; i < KEPT; i++)
		secret_free(s->kept[i]);
	for (i = 0; i < RECENT; i++)
		secret_free(s->recent[i]);
	free(s);
}

void
secrets_keep(struct secrets *s, const char *text)
{
	if (text == NULL || strlen(text) < SHORTEST || s->n_kept == KEPT)
		return;
	s->kept[s->n_kept++] = xstrdup(text);
}

void
secrets_add(struct secrets *s, const char *text)
{
	if (text == NULL || strlen(text) < SHORTEST)
		return;
	secret_free(s->recent[s->next]);
	s->recent[s->next] = xstrdup(text);
	s->next = (s->next + 1) % RECENT;
}

/* How many bytes at text are the secret, or enough of its beginning; or 0. */
static size_t
match(const char *secret, const char *text, size_t n)
{
	size_t len = 0;

	if (secret == NULL)
		return 0;
	while (len < n && secret[len] != '\0' && secret[len] == text[len])
		len++;
	return secret[len] == '\0' || len >= PREFIX ? len : 0;
}

void
secrets_hide(
    const struct secrets *s, struct buf *out, const char *text, size_t n)
{
	size_t i, k, len, best;

	for (i = 0; i < n; i += best) {
		best = 0;
		for (k = 0; k < KEPT + RECENT; k++) {
			len = match(k < KEPT ? s->kept[k] : s->recent[k - KEPT],
			    text + i, n - i);
			best = len > best ? len : best;
		}
		if (best > 0) {
			buf_puts(out, "[secret]");
			continue;
		}
		best = 1;
		buf_putc(out, text[i]);
	}
}
