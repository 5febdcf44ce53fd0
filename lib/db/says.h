/* What psql says on stderr, judged as it comes. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_SAYS_H
#define GLB_SAYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "db/conn.h"

/*
 * psql --echo-errors writes, for each failed statement,
 *
 *   ERROR:  relation "x" does not exist
 *   DETAIL, HINT, CONTEXT or LINE 1, as it may be
 *   STATEMENT:  DROP TABLE x;
 *
 * and for other messages a line that starts with their severity.
 *
 * Harmless is what cannot have lost a row or an object of the dump:
 * - notices and warnings,
 * - "does not exist" of something that is dropped, or of a role that would
 *   own it or have rights,
 * - "must be owner of", "must be member of role" and "must be able to SET
 *   ROLE" of a DROP, COMMENT, GRANT, REVOKE or change of owner.
 */
struct says {
	const struct conn *c; /* whose name goes before the messages */
	const char *mark; /* the line that is awaited */
	bool marked; /* it has come */
	uint64_t harmless, failed; /* counts */
	char *first; /* harmless message; NULL if none; to free */
	struct buf line, message, context;
};

/*
 * Takes n bytes of stderr.  Each message that is not harmless is warned of
 * with its statement; of many, only the first SAYS_MAX are.
 */
#define SAYS_MAX 100
void says_add(struct says *s, const char *p, size_t n);

/* The same for its end. */
void says_end(struct says *s);

/* Warns of the harmless messages, if there were any, in one line. */
void says_sum(const struct says *s);

void says_free(struct says *s);

#endif
