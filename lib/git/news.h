/* What a list of references has that an earlier list has not. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_NEWS_H
#define GLB_NEWS_H

#include <stdbool.h>
#include <stddef.h>

#include "git/refs.h"

/* An object that a reference names now, and that none has named before. */
struct news_tip {
	char oid[65];
	bool told; /* it stands in the bundle's header */
	bool walked; /* a commit or tag: told only if git reaches it */
};

/* Zero-initialise; takes memory for what is new, not for what is there. */
struct news {
	size_t digits;
	struct news_tip *tips; /* sorted by oid, none twice */
	size_t n, room;
	bool commits, tags; /* there are such ones among the tips */
};

/*
 * All of these work on open files, which they read and write from their
 * starts.  They return 0, or -1 with errno: EBADMSG for a file that is not
 * what it must be.  Silent.
 */

/*
 * Finds the tips of the list that the earlier one does not have.  Both are
 * what "git show-ref --head" prints; digits is of an object id.
 */
int news_find(struct news *n, int list, int earlier, size_t digits);

/*
 * Writes object ids, one a line, to oids: all of the earlier list, then the
 * tips.  To be answered by git cat-file --batch-check, whose default form
 * news_answer() reads: it writes to revs what git rev-list and pack-objects
 * read, "^OID" for each one of the earlier list that there still is, then
 * the tips.  EBADMSG, too, if a tip is missing.
 */
int news_ask(const struct news *n, int earlier, int oids);
int news_answer(struct news *n, int answer, int revs);

/*
 * Writes the header of a bundle: what "git rev-list --boundary
 * --pretty=oneline" has said about revs, in walk, becomes its prerequisites
 * ("-OID SUBJECT") and decides which tips are new; the list gives them their
 * names.  r->header becomes its length.  Sets *any if it has references; if
 * not, it is that of a step without news.
 */
int news_header(
    struct news *n, int walk, int list, int bundle, struct refs *r, bool *any);

void news_free(struct news *n);

#endif
