/* Verifies a tree of backups: every repository of it, many at a time. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_SURVEY_H
#define GLB_SURVEY_H

struct survey {
	const char *tree;
	const char *id; /* only this backup; NULL: all there are */
	unsigned int jobs; /* repositories at a time */
};

/*
 * Verifies the tree and writes a line of JSON (git/result.h) to stdout for
 * each repository; nothing in the tree is changed.  Works in a directory of
 * its own in $TMPDIR, which is removed however this ends.
 *
 * Returns a status: PROG_DAMAGED if anything is damaged or missing, or belongs
 * to no backup; PROG_FAILED if something could not be read, or not be verified.
 * Each finding has got a warning, too.
 */
int survey_run(const struct survey *o);

#endif
