/* The parts of a backup: db, repositories, archives; what their files hold. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_PART_H
#define GLB_PART_H

enum content {
	CONTENT_ANY, /* we know nothing of what is in it */
	CONTENT_TAR, /* gzip with a tar archive */
	CONTENT_SQL, /* gzip with what pg_dump writes */
	CONTENT_TREE /* a file of the tree of repositories */
};

/* What the file called name holds. */
enum content content_of(const char *name);

/*
 * Can word be the name of a part: db, repositories, or that of an archive
 * without .tar.gz?  Returns 1 or 0; whether a backup has it is not asked.
 */
int part_ok(const char *word);

/* Does the file or directory called name, below the backup, belong to part? */
int part_has(const char *part, const char *name);

/* Does it belong to any part?  Returns 1 or 0. */
int part_any(const char *name);

#endif
