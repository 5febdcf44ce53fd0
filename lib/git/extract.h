/* Makes a plain bare repository from its backup. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_EXTRACT_H
#define GLB_EXTRACT_H

struct extract {
	const char *tree; /* of backups */
	const char *id; /* which backup; NULL: the newest */
	const char *dir; /* what is made: must not be there, its parent must */
};

/*
 * Reads one repository from stdin (git/input.h) and makes dir of its backup,
 * ours and complete, or not at all; needs no site.  It is made beside dir, in
 * a directory ".glb-extract.XXXXXX".  Writes a line to stdout as each_run()
 * does.  Returns a status after a warning: PROG_FAILED unless it is there
 * then, PROG_DAMAGED if stdin does not name one repository, PROG_PARTIAL if
 * references had no objects.
 *
 * SIGHUP, SIGINT and SIGTERM end this process as git/scratch.h says.
 */
int extract_run(const struct extract *o);

#endif
