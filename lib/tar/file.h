/* A small file of an archive, made and put into its place. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_TAR_FILE_H
#define GLB_TAR_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "tar/attr.h"

struct tar_file {
	int dirfd;
	const char *name;
	const struct tar_attr *want;
	bool hidden; /* nobody looks into dirfd yet */
};

/*
 * Makes a file under a temporary name, which *temp gets, in f->dirfd, and
 * opens it for writing.  If f->hidden, *temp is f->name itself where nothing
 * has that name.  Returns a descriptor, or -1 with errno.  Silent.
 */
int tar_file_new(
    const struct tar_self *self, const struct tar_file *f, struct buf *temp);

/* Gives it its name in place of what has it.  0, or -1 with errno. */
int tar_file_place(int dirfd, const char *temp, const char *name);

/*
 * Makes a file of n bytes and, when it is whole and has its attributes, puts
 * it into its place.  temp is scratch.  Returns 0; 1 with errno if attributes
 * could not be set; -1 with errno, and nothing is left of it.  Silent; any
 * thread may.
 */
int tar_file_write(const struct tar_self *self, const struct tar_file *f,
    const char *p, size_t n, struct buf *temp);

#endif
