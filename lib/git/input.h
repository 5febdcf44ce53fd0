/* Reads the list of repositories: a stream of JSON objects. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_INPUT_H
#define GLB_INPUT_H

#include <stdbool.h>

#define INPUT_MAX 65536 /* bytes of one object, white space included */

/* One object; what it lacks is "". */
struct input_repo {
	const char *storage_name;
	const char *relative_path;
	const char *gl_project_path;
	bool always_create;
	const char *nul; /* the name with a NUL in it, its kind; or NULL */
};

struct input;

/* Reads from fd, which stays the caller's. */
struct input *input_new(int fd);
void input_free(struct input *in);

/*
 * The next repository: objects may stand on lines of their own or not, keys
 * match in any case, unknown ones are passed over.  Returns -1 to go on, with
 * *r valid until the next call; otherwise a status: PROG_DONE at the end,
 * PROG_FAILED after a read error or PROG_DAMAGED after anything that is no
 * such object, both with a warning (with the line's number) given.
 */
int input_next(struct input *in, struct input_repo *r);

/*
 * What is wrong with the names of storage and repository, as that it "holds a
 * NUL" or would lead elsewhere; NULL: nothing.  The caller frees it.
 */
char *input_bad(const struct input_repo *r);

#endif
