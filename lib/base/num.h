/* Numbers and sizes as people write them. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_NUM_H
#define GLB_NUM_H

#include <stddef.h>
#include <stdint.h>

/*
 * Reads the whole of s as a decimal number from min to max into *n.  Returns
 * 0, or -1 with errno EINVAL (not a number) or ERANGE; *n is then untouched.
 * Silent.
 */
int num_parse(const char *s, int64_t min, int64_t max, int64_t *n);

/*
 * Reads the whole of s, "30d", "12h", "90m", "45s" or plain seconds, as a
 * duration of at least a second into *seconds.  Returns 0, or -1 with errno
 * EINVAL (not a duration) or ERANGE; *seconds is then untouched.  Silent.
 */
int num_duration(const char *s, int64_t *seconds);

/*
 * Writes bytes as people read them, "999 B", "1.2 MiB", into out.  Returns
 * out.  size of 16 is enough for every value.
 */
char *num_human(uint64_t bytes, char *out, size_t size);

#endif
