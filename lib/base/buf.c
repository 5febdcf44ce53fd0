/* A growing byte string, always NUL-terminated, and a list of strings. */
/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/prog.h"

void
buf_reserve(struct buf *b, size_t n)
{
	size_t size;

	if (n > SIZE_MAX / 2 - b->len - 1)
		errx(PROG_FAILED, "memory: string too long");
	if (b->size > b->len + n)
		return;
	size = b->size > 0 ? b->size : 64;
	while (size <= b->len + n)
		size *= 2;
	b->data = xreallocarray(b->data, size, 1);
	b->size = size;
	b->data[b->len] = '\0';
}

void
buf_add(struct buf *b, const void *p, size_t n)
{
	buf_reserve(b, n);
	if (n > 0)
		memcpy(b->data + b->len, p, n);
	b->len += n;
	b->data[b->len] = '\0';
}

void
buf_puts(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void
buf_putc(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = xvasprintf(fmt, ap);
	va_end(ap);
	buf_puts(b, s);
	free(s);
}

const char *
buf_str(const struct buf *b)
{
	return b->data != NULL ? b->data : "";
}

void
buf_reset(struct buf *b)
{
	b->len = 0;
	if (b->data != NULL)
		b->data[0] = '\0';
}

void
buf_free(struct buf *b)
{
	free(b->data);
	memset(b, 0, sizeof(*b));
}

char *
buf_take(struct buf *b)
{
	char *s;

	buf_reserve(b, 0);
	s = b->data;
	memset(b, 0, sizeof(*b));
	return s;
}

/* Appends s itself, which the list then owns. */
static void
list_own(struct list *l, char *s)
{
	l->v = xreallocarray(l->v, l->n + 2, sizeof(*l->v));
	l->v[l->n++] = s;
	l->v[l->n] = NULL;
}

void
list_add(struct list *l, const char *s)
{
	list_own(l, xstrdup(s));
}

void
list_addf(struct list *l, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	list_own(l, xvasprintf(fmt, ap));
	va_end(ap);
}

void
list_split(struct list *l, const char *s)
{
	size_t n;

	for (; *s != '\0'; s += n + (s[n] == ',')) {
		n = strcspn(s, ",");
		if (n > 0)
			list_own(l, xstrndup(s, n));
	}
}

int
list_has(const struct list *l, const char *s)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (strcmp(l->v[i], s) == 0)
			return 1;
	return 0;
}

void
list_free(struct list *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		free(l->v[i]);
	free(l->v);
	memset(l, 0, sizeof(*l));
}
