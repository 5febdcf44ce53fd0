/* What a load replaces: moved aside, put back, or dropped. */
/* SPDX-License-Identifier: MIT */
#ifndef GLB_ASIDE_H
#define GLB_ASIDE_H

#include "base/buf.h"
#include "db/conn.h"

/* What the session of a load is called on the server. */
#define ASIDE_APPLICATION "glb-dbdump load"

/* The advisory lock of whoever moves, puts back or drops. */
#define ASIDE_KEY "hashtextextended('" ASIDE_APPLICATION "', 0)"

/*
 * How a load replaces a database, and why not otherwise.
 *
 * GitLab's user may create no database, so none can be loaded beside the old
 * one and be renamed.  It owns the schemas, but "public" holds extensions
 * that belong to the superuser, so that it cannot be renamed either.  And one
 * transaction that drops the old tables and creates the new ones needs more
 * locks than a server has by default.  Measured with PostgreSQL 15 and 1,900
 * tables (400 of them partitions), 6,300 indexes, 1,480 sequences: a load
 * alone holds 38,200 locks at its end, and fails with "out of shared memory"
 * at the default of 64 locks a transaction and 100 connections, even into an
 * empty database.
 *
 * So the old objects of "public" get another schema, one lock each for 1,480
 * tables and 1,480 sequences, and the other schemas get another name, one
 * lock each: 3,000 locks and half a second.  Then the dump creates everything
 * anew.  If the server has locks enough, all this is one transaction.  If
 * not, it is several; the old objects stay aside until the last of them has
 * been committed, and one short transaction puts them back if it never comes
 * to that.  The schemas' names say how far it came:
 *
 *   glb_aside_o_NAME  old objects of a schema that stays
 *   glb_aside_s_NAME  an old schema, renamed
 *   glb_old_...       the same when the new ones are complete: all is there
 *   glb_drop_...      the same when dropping may have begun: no way back
 *
 * Each change of names is one short transaction.  The way back from
 * glb_old_... leads over glb_aside_...: the comment of glb_old_o_public says
 * which schemas the load has left as they were, and which extensions there
 * were before it.
 *
 * What belongs to extensions or to others than the database's user and his
 * roles stays where it is.
 */
enum aside_state {
	ASIDE_NONE, /* nothing is aside */
	ASIDE_UNFINISHED, /* old objects are aside, new ones not whole */
	ASIDE_LOADED, /* both are whole */
	ASIDE_DROPPING /* the new ones are whole; of the old ones, a rest */
};

/* Prepares c, which conn_open() gave: no time limits, no foreign functions. */
int aside_prepare(struct conn *c);

/*
 * Makes sure that nobody else loads this database while c is open.  Returns
 * PROG_DONE, PROG_LOCKED or PROG_FAILED after a warning.  What a load that
 * was killed left running is ended.
 */
int aside_lock(struct conn *c);

/* Fills *state.  Returns a status. */
int aside_look(struct conn *c, enum aside_state *state);

/* Appends the statement that moves everything aside. */
void aside_move(struct buf *sql);

/*
 * Appends the statement that marks what is aside as old.  A schema that the
 * dump has not brought gets back what it was, except GitLab's own.
 */
void aside_finish(struct buf *sql);

/*
 * Drops what has been loaded and puts back what is aside.  Returns a status;
 * after a failure it can be called again.
 */
int aside_put_back(struct conn *c);

/*
 * Gives the old contents of a finished load the names of an unfinished one's,
 * in one transaction: aside_put_back() comes next.  Returns a status.
 */
int aside_unfinish(struct conn *c);

#endif
