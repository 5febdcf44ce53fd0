/* Reading and writing descriptors in full, and files made durable. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_IO_H
#define GLB_IO_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define IO_SIZE 65536 /* a Linux pipe's size: the unit of all copying */
#define IO_WIDE (4 * IO_SIZE) /* what a widened pipe holds */
#define IO_BEHIND (2 << 20) /* bytes worth a write to the disk of their own */

/*
 * All of these are silent: they know no names.  They return -1 with errno set
 * on failure, and retry EINTR.
 */

/* Writes all n bytes.  Returns 0. */
int io_write_all(int fd, const void *p, size_t n);

/* One read(2) of up to n bytes.  Returns the count, 0 at the end of file. */
ssize_t io_read(int fd, void *p, size_t n);

/* Reads until n bytes or the end of file.  Returns the count. */
ssize_t io_read_full(int fd, void *p, size_t n);

/*
 * Lets the pipe fd hold IO_WIDE bytes if it holds less.  Where fd is no pipe,
 * or the user's pipes hold as much as they may (pipe(7)), all stays as it was:
 * errno too, for this is no failure.
 */
void io_widen(int fd);

/*
 * Has the kernel begin to write to the disk what the file fd holds from *begun
 * to end (byte offsets), if that is least bytes or more, and sets *begun to
 * end: an fsync(2) then finds little left to wait for.  Waits for nothing,
 * promises nothing and takes no error away from fsync(2) (sync_file_range(2)).
 * Where fd cannot do so, a pipe, nothing happens.  Leaves errno alone.
 */
void io_write_behind(int fd, off_t *begun, off_t end, off_t least);

/*
 * Appends the rest of fd to *b.  At most max bytes: with more it fails with
 * EFBIG.  Returns 0.
 */
int io_read_all(int fd, struct buf *b, size_t max);

/* The same for the file name, seen from the directory dirfd (or AT_FDCWD). */
int io_read_file(int dirfd, const char *name, struct buf *b, size_t max);

/* mkdir -p for path below dirfd, new directories with mode & ~umask. */
int io_mkdirs(int dirfd, const char *path, mode_t mode);

/* fsync(2) on the directory path, seen from dirfd. */
int io_sync_dir(int dirfd, const char *path);

/*
 * Removes the file or the whole tree at path, never following a symbolic
 * link.  What is absent already is no error.  Goes on after a failure and
 * reports the first one.
 */
int io_remove_tree(int dirfd, const char *path);

/*
 * The bytes of all regular files below the directory fd, which is closed; of
 * those that can be looked at.  0 if fd is -1.
 */
uint64_t io_tree_bytes(int fd);

#endif
