/* Memory that is there or ends the program: out of memory is fatal. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_ALLOC_H
#define GLB_ALLOC_H

#include <stdarg.h>
#include <stddef.h>

/*
 * Like their C library namesakes, but never return NULL: when memory is
 * short they say so and exit 1.  The caller frees with free().
 */
void *xmalloc(size_t size);
void *xcalloc(size_t n, size_t size);
void *xreallocarray(void *p, size_t n, size_t size);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
char *xvasprintf(const char *fmt, va_list ap)
    __attribute__((format(printf, 1, 0)));

#endif
