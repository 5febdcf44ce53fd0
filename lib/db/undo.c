/* The two ways on from a load: back to the old contents, or without them. */
/* SPDX-License-Identifier: MIT */
#include "base/prog.h"
#include "db/aside.h"
#include "db/drop.h"
#include "db/undo.h"

struct conn *
undo_open(const struct site_db *db, int *rc)
{
	struct conn *c = conn_open(db);

	*rc = PROG_FAILED;
	if (c != NULL)
		*rc = aside_prepare(c);
	if (c != NULL && *rc == PROG_DONE)
		*rc = aside_lock(c);
	if (*rc == PROG_DONE)
		return c;
	conn_close(c);
	return NULL;
}

int
undo_mend(struct conn *c, bool drop)
{
	enum aside_state state;
	int rc = aside_look(c, &state);

	if (rc == PROG_DONE && state == ASIDE_UNFINISHED) {
		conn_warn_reason(c,
		    "an earlier load did not end: putting back what it "
		    "has moved aside");
		rc = aside_put_back(c);
		if (rc == PROG_DONE)
			rc = aside_look(c, &state);
	}
	if (rc == PROG_DONE &&
	    (state == ASIDE_DROPPING || (drop && state == ASIDE_LOADED)))
		rc = drop_kept(c);
	return rc;
}

static int
roll_back(struct conn *c, enum aside_state state)
{
	int rc;

	switch (state) {
	case ASIDE_NONE:
		return PROG_DONE;
	case ASIDE_DROPPING:
		conn_warn_reason(c,
		    "there is no way back: the old contents are already "
		    "being dropped, the new ones are whole");
		return PROG_FAILED;
	case ASIDE_LOADED:
		rc = aside_unfinish(c);
		if (rc != PROG_DONE)
			return rc;
		break;
	case ASIDE_UNFINISHED:
		break;
	}
	return aside_put_back(c);
}

static int
discard(struct conn *c, enum aside_state state)
{
	if (state == ASIDE_NONE)
		return PROG_DONE;
	if (state != ASIDE_UNFINISHED)
		return drop_kept(c);
	conn_warn_reason(c,
	    "a load did not end: the old contents are the only whole ones; run "
	    "glb-dbdump rollback first");
	return PROG_FAILED;
}

/* Does one or the other. */
static int
go(const struct site_db *db, int (*way)(struct conn *, enum aside_state))
{
	enum aside_state state;
	struct conn *c;
	int rc;

	c = undo_open(db, &rc);
	if (c == NULL)
		return rc;
	rc = aside_look(c, &state);
	if (rc == PROG_DONE)
		rc = way(c, state);
	conn_close(c);
	return rc;
}

int
undo_rollback(const struct site_db *db)
{
	return go(db, roll_back);
}

int
undo_discard(const struct site_db *db)
{
	return go(db, discard);
}
