/* A growing byte string, always NUL-terminated, and a list of strings. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_BUF_H
#define GLB_BUF_H

#include <stddef.h>

/* Zero-initialise: { NULL, 0, 0 }.  data is NULL or data[len] is NUL. */
struct buf {
	char *data;
	size_t len;
	size_t size;
};

/* Each appends; out of memory ends the program. */
void buf_add(struct buf *b, const void *p, size_t n);
void buf_puts(struct buf *b, const char *s);
void buf_putc(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Makes room for n more bytes, so that data + len may be written directly. */
void buf_reserve(struct buf *b, size_t n);

/* The contents as a C string, "" when nothing was ever added. */
const char *buf_str(const struct buf *b);

/* Forgets the contents and keeps the memory. */
void buf_reset(struct buf *b);

/* Frees the memory and makes *b empty. */
void buf_free(struct buf *b);

/* Gives the string away: the caller frees it, *b is empty afterwards. */
char *buf_take(struct buf *b);

/*
 * A list of strings.  Zero-initialise; v is NULL or ends with a NULL, so that
 * it can be an argv.
 */
struct list {
	char **v;
	size_t n;
};

/* Appends a copy of s. */
void list_add(struct list *l, const char *s);

/* Appends a formatted string. */
void list_addf(struct list *l, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Appends the parts of s between commas, without empty ones. */
void list_split(struct list *l, const char *s);

/* Returns 1 if s is in the list, else 0. */
int list_has(const struct list *l, const char *s);

/* Frees all and makes *l empty. */
void list_free(struct list *l);

#endif
